"""Classifier two-sample test: can synthetic rows be told from held-out real ones?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.metrics.base import Comparison, Interval, Metric
from fewfold.metrics.distances import encoded, gaussian_kernel, limited

FOLDS = 5
REPEATS = 3
RIDGE = 0.005


class ClassifierTwoSample(Metric):
    """Cross-fitted AUROC of a classifier that tells synthetic from holdout rows; 0.5 is indistinguishable.

    The classifier is a kernel ridge discriminant (a linear and a Gaussian kernel on the encoded features), which
    stays stable with 15 rows a side. Rows of one patient, and equal synthetic rows, are never on both sides of a fold;
    the AUROC counts pairs within a fold, and three partitions are averaged. The interval is Newcombe's score interval
    at the numbers of patients. More than 1,000 rows a side are drawn from at random.
    """

    card = MetricCard(
        name="c2st",
        title="Classifier two-sample test (AUROC)",
        family="fidelity",
        question="Can a classifier tell synthetic rows from real ones?",
        better="lower",
        bounds=(0.0, 1.0),
        min_subjects=15,
        references=("10.48550/arXiv.1610.06545", "10.1002/sim.2324"),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        some = limited(comparison, rng)
        train, holdout, synthetic = encoded(some)
        points = np.vstack([holdout, synthetic])
        kernel = gaussian_kernel(points, train) + points @ points.T / points.shape[1] + 1.0
        made = np.repeat([False, True], [len(holdout), len(synthetic)])
        apart = some.synthetic.n_subjects == len(synthetic)  # then only equal rows belong together
        alike = np.unique(synthetic, axis=0, return_inverse=True)[1].ravel() if apart else some.synthetic.subjects
        values = []
        for _ in range(REPEATS):
            folds = np.concatenate([_folds(some.holdout.subjects, rng), _folds(alike, rng)])
            values.append(_cross_fitted(kernel, made, folds))
        return float(np.mean(values))

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        return auroc_interval(value, comparison.holdout.n_subjects, len(comparison.synthetic))


def _folds(groups: Ints, rng: Rng) -> Ints:
    """(n,) a random fold for each row, one for all rows of a group."""
    codes = np.unique(groups, return_inverse=True)[1]
    dealt: Ints = rng.permutation(np.arange(codes.max() + 1) % FOLDS)[codes]
    return dealt


def _cross_fitted(kernel: Floats, made: Bools, folds: Ints) -> float:
    """AUROC of the discriminant over all pairs of a synthetic and a real row that lie in one fold."""
    from scipy.stats import rankdata

    wins, pairs = 0.0, 0
    for fold in range(FOLDS):
        fitted, judged = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        positive = made[judged]
        ones, zeros = int(positive.sum()), int((~positive).sum())
        if not ones or not zeros or made[fitted].all() or not made[fitted].any():
            continue
        share = made[fitted].mean()
        aim = np.where(made[fitted], 0.5 / share, -0.5 / (1 - share))
        inner = kernel[np.ix_(fitted, fitted)] + RIDGE * len(fitted) * np.eye(len(fitted))
        scores = kernel[np.ix_(judged, fitted)] @ np.linalg.solve(inner, aim)
        wins += float(rankdata(np.round(scores, 10))[positive].sum()) - ones * (ones + 1) / 2
        pairs += ones * zeros
    return wins / pairs if pairs else float("nan")


def auroc_interval(value: float, m: int, n: int) -> Interval:
    """95 % interval of an AUROC from ``m`` negatives and ``n`` positives: all values within 1.96 of their own standard
    errors of the one observed (10.1002/sim.2324, method 5)."""

    def reaches(truth: float) -> bool:
        odds = (1 - truth) / (2 - truth) + truth / (1 + truth)
        variance = truth * (1 - truth) * (1 + ((m + n) / 2 - 1) * odds) / (m * n)
        return (value - truth) ** 2 <= 1.959964**2 * variance

    return Interval(_edge(value, 0.0, reaches), _edge(value, 1.0, reaches))


def _edge(inside: float, outside: float, holds: Callable[[float], bool]) -> float:
    """Where between two numbers ``holds`` stops to hold."""
    for _ in range(40):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside
