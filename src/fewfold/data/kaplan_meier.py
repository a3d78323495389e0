"""The Kaplan-Meier estimate of a survival curve."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Bools, Floats

NORMAL = 1.959963984540054


def survival(times: Floats, happened: Bools) -> tuple[Floats, Floats]:
    """(k,) the distinct times, in order, and (k,) the Kaplan-Meier estimate just after each
    (10.1080/01621459.1958.10501452).

    ``happened`` is False where follow-up ended without it. An event comes before a censoring at the same time.
    """
    distinct, events, at_risk = _counted(times, happened)
    return distinct, np.cumprod(1 - events / at_risk, dtype=np.float64)


def band(times: Floats, happened: Bools) -> tuple[Floats, Floats]:
    """(k,) the lower and the upper end of the 95 % interval of :func:`survival` just after each distinct time:
    Greenwood's variance on the log-log scale (Kalbfleisch & Prentice 2002, 10.1002/9781118032985).

    Where the curve is 1 so are both ends; where it is 0 the interval before it is kept.
    """
    _, events, at_risk = _counted(times, happened)
    curve = np.cumprod(1 - events / at_risk)
    inside = (curve > 0) & (curve < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        error = np.sqrt(greenwood) / np.log(curve)
        ends = [np.where(inside, curve ** np.exp(sign * NORMAL * error), curve) for sign in (-1, 1)]
    for end in ends:
        if (curve == 0).any():
            gone = np.argmax(curve == 0)
            end[gone:] = end[gone - 1] if gone else 1.0
    return np.minimum(*ends), np.maximum(*ends)


def just_after(distinct: Floats, curve: Floats, at: Floats) -> Floats:
    """(m,) what a curve that begins at 1 and steps at the ``distinct`` times is just after some times."""
    values: Floats = np.append(1.0, curve)[np.searchsorted(distinct, at, "right")]
    return values


def _counted(times: Floats, happened: Bools) -> tuple[Floats, Floats, Floats]:
    """(k,) the distinct times, how often it happened at each, and how many were at risk."""
    distinct, codes = np.unique(times, return_inverse=True)
    events = np.bincount(codes, weights=happened).astype(np.float64)
    left = np.cumsum(np.bincount(codes))[:-1]
    at_risk = (len(times) - np.concatenate([[0], left])).astype(np.float64)
    return distinct, events, at_risk
