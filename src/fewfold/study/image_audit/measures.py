"""Numbers with intervals from resampled patients."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Bools, Floats, Ints
from fewfold.study.image_audit.result import Measured
from fewfold.study.intervals import weighted_pairs

TAIL = 0.025


def mean(values: Floats, counts: Floats) -> Measured:
    """The mean over images. ``counts``: (draws, images) how often each is in a bootstrap sample of patients."""
    return _measured(float(values.mean()), counts @ values / counts.sum(axis=1))


def share(values: Floats, counts: Floats, groups: Ints) -> Measured:
    """A mean of values from 0 to 1; the interval is at least as wide as that of Clopper and Pearson (1934) for as many
    trials as there are patients, 10.1093/biomet/26.4.404.

    Where nothing flips, no bootstrap sample has a flip either: it would be sure of 0. Patients with more images than
    others count as fewer (Kish's effective number).
    """
    found = mean(values, counts)
    trials = effective(groups)
    low, high = exact(found.value * trials, trials)
    return Measured(value=found.value, low=min(found.low, low), high=max(found.high, high))


def effective(groups: Ints) -> float:
    """How many patients with equally many images tell as much as these."""
    sizes = np.bincount(groups)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def exact(hits: float, trials: float) -> tuple[float, float]:
    """The Clopper-Pearson interval; ``hits`` and ``trials`` need not be whole."""
    from scipy.stats import beta

    low = 0.0 if hits <= 0 else float(beta.ppf(TAIL, hits, trials - hits + 1))
    high = 1.0 if hits >= trials else float(beta.ppf(1 - TAIL, hits + 1, trials - hits))
    return low, high


def median(values: Floats, counts: Floats) -> Measured:
    """The median over images."""
    order = np.argsort(values, kind="stable")
    own = np.ones((1, len(values)))
    return _measured(float(_medians(values[order], own)[0]), _medians(values[order], counts[:, order]))


def auroc_difference(first: Floats, second: Floats | None, truth: Bools, counts: Floats) -> Measured:
    """AUROC of the first scores minus that of the second, or that of the first alone; each score is (fits, images), and
    the AUROC the mean over fits."""
    pairs = _ranked(first, truth) - (0.0 if second is None else _ranked(second, truth))
    there = counts[:, truth].sum(axis=1) * counts[:, ~truth].sum(axis=1)
    draws = weighted_pairs(pairs, truth, counts)[there > 0] / there[there > 0]
    return _measured(float(pairs.mean()), draws)


def over_labels(each: list[Measured]) -> Measured:
    """The mean of the same number for each label against the rest. The interval takes them as moving together, so that
    it is not too narrow."""
    return Measured(
        value=float(np.mean([m.value for m in each])),
        low=float(np.mean([m.low for m in each])),
        high=float(np.mean([m.high for m in each])),
    )


def _ranked(scores: Floats, truth: Bools) -> Floats:
    """(positives, negatives) the share of fits that rank the pair rightly, ties counted half."""
    total: Floats = np.zeros((int(truth.sum()), int((~truth).sum())))
    for one in scores:
        above = one[truth][:, None] - one[~truth]
        total += (above > 0) + 0.5 * (above == 0)
    return total / len(scores)


def _medians(ascending: Floats, counts: Floats) -> Floats:
    """(draws,) medians of ascending values, each as often as it counts."""
    below = np.cumsum(counts, axis=1)
    half = below[:, -1:] / 2
    middle: Floats = (ascending[(below >= half).argmax(axis=1)] + ascending[(below > half).argmax(axis=1)]) / 2
    return middle


def _measured(value: float, draws: Floats) -> Measured:
    low, high = np.quantile(draws, [TAIL, 1 - TAIL])
    return Measured(value=value, low=min(float(low), value), high=max(float(high), value))
