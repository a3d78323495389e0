"""How good predicted survival curves are.

``y`` (n,) holds times, negative where follow-up ended without the event; ``curves`` (n, times) the predicted
probability that a patient is still without it at each of ``times``.
"""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Bools, Floats
from fewfold.data.kaplan_meier import just_after, survival

POINTS = 20  # at which curves are judged, evenly spaced
LEFT = 0.1  # share of the patients who are followed beyond the last of them


def evenly(y: Floats) -> tuple[float, ...]:
    """Times at which curves are judged: evenly spaced, up to that beyond which a tenth of the patients is followed."""
    last = float(np.quantile(np.abs(y), 1 - LEFT))
    return tuple((last * np.arange(1, POINTS + 1) / POINTS).tolist())


def comparable(y: Floats) -> Bools:
    """(n, n) whether it is known that the first patient had the event before the second one: a censored follow-up that
    ends at the same time lasted longer."""
    times, happened = np.abs(y), y > 0
    later = (times[None] > times[:, None]) | ((times[None] == times[:, None]) & ~happened[None])
    pairs: Bools = happened[:, None] & later
    return pairs


def ranked_rightly(risk: Floats) -> Floats:
    """(n, n) 1 where the first patient has the higher risk, one half where both have the same."""
    gap = risk[:, None] - risk[None]
    right: Floats = (gap > 0) + 0.5 * (gap == 0)
    return right


def risk_of(curves: Floats) -> Floats:
    """(n,) the mean probability of the event over the times: one less the share of that time that is lived without."""
    risk: Floats = 1 - curves.mean(axis=-1)
    return risk


def c_index(y: Floats, risk: Floats) -> float:
    """Harrell's concordance index (10.1001/jama.1982.03320430047030): the share of comparable pairs in which who had
    the event first has the higher risk; ties count half; NaN without a pair."""
    pairs = comparable(y)
    return float((ranked_rightly(risk) * pairs).sum() / pairs.sum()) if pairs.any() else float("nan")


def brier_terms(y: Floats, curves: Floats, times: Floats, everybody: Floats) -> Floats:
    """(n,) what each patient adds to the Brier score of survival, averaged over ``times``.

    Who is lost before a time says nothing of it, and others stand in for them: they are weighed by one over the chance
    not to be censored, from the Kaplan-Meier curve of censoring of ``everybody`` (Graf et al. 1999,
    10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5).
    """
    ended, happened = np.abs(y)[:, None], (y > 0)[:, None]
    with np.errstate(divide="ignore"):
        before, there = (1 / _uncensored(everybody, at) for at in (np.nextafter(np.abs(y), 0), times))
    died = np.where(happened & (ended <= times), curves**2 * before[:, None], 0.0)
    alive = np.where(ended > times, (1 - curves) ** 2 * there, 0.0)
    terms: Floats = (died + alive).mean(axis=1)
    return terms


def marginal(y: Floats, times: Floats) -> Floats:
    """(times,) the Kaplan-Meier curve: what a model says that has learned nothing of the features."""
    return just_after(*survival(np.abs(y), y > 0), times)


def _uncensored(y: Floats, at: Floats) -> Floats:
    """(k,) the share that is not censored up to each time; who has the event at a time was not censored then."""
    return just_after(*survival(np.where(y > 0, np.nextafter(y, 0), -y), y <= 0), at)
