"""Classifier two-sample test: can synthetic rows be told from held-out real ones?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.metrics.base import Comparison, Interval, Metric
from fewfold.metrics.distances import encoded, gaussian_kernel
from fewfold.metrics.fidelity.left_out import LeftOut, aims

FOLDS = 5
REPEATS = 3
RIDGE = 0.005


class ClassifierTwoSample(Metric):
    """Cross-fitted AUROC of a classifier that tells synthetic from holdout rows; 0.5 is indistinguishable.

    The classifier is a kernel ridge discriminant (a linear and a Gaussian kernel on the encoded features), which
    stays stable with 15 rows a side. Rows of one patient, and equal synthetic rows, are never on both sides of a fold;
    the AUROC counts pairs within a fold, and three partitions are averaged. The interval is Newcombe's score interval
    at the numbers of patients.
    """

    card = MetricCard(
        name="c2st",
        title="Classifier two-sample test (AUROC)",
        family="fidelity",
        question="Can a classifier tell synthetic rows from real ones?",
        better="lower",
        bounds=(0.0, 1.0),
        most_rows=500,
        finding="FF503",
        min_subjects=15,
        references=("10.48550/arXiv.1610.06545", "10.1002/sim.2324"),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        train, holdout, synthetic = encoded(comparison)
        points = np.vstack([holdout, synthetic])
        kernel = gaussian_kernel(points, train) + points @ points.T / points.shape[1] + 1.0
        made = np.repeat([False, True], [len(holdout), len(synthetic)])
        apart = comparison.synthetic.n_subjects == len(synthetic)  # then only equal rows belong together
        alike = np.unique(synthetic, axis=0, return_inverse=True)[1].ravel() if apart else comparison.synthetic.subjects
        real = comparison.holdout.subjects
        partitions = [np.concatenate([_folds(real, rng), _folds(alike, rng)]) for _ in range(REPEATS)]
        predict = _Discriminant(kernel, made, partitions)
        return float(np.mean([_cross_fitted(predict, made, folds) for folds in partitions]))

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        return auroc_interval(value, comparison.holdout.n_subjects, len(comparison.synthetic))


def _folds(groups: Ints, rng: Rng) -> Ints:
    """(n,) a random fold for each row, one for all rows of a group."""
    codes = np.unique(groups, return_inverse=True)[1]
    dealt: Ints = rng.permutation(np.arange(codes.max() + 1) % FOLDS)[codes]
    return dealt


class _Discriminant:
    """Kernel ridge scores of rows that were left out of the fit. The penalty goes by the number of fitted rows; where
    folds differ too much in size for a few inverses to serve them all, each is solved on its own."""

    def __init__(self, kernel: Floats, made: Bools, partitions: list[Ints]) -> None:
        self._kernel, self._made = kernel, made
        sizes = {int(n) for folds in partitions for n in len(made) - np.bincount(folds, minlength=FOLDS)}
        shared = len(sizes) <= FOLDS
        self._left_out = {n: LeftOut(self._penalised(kernel, n), made) for n in sizes} if shared else {}

    def __call__(self, fitted: Ints, judged: Ints) -> Floats:
        """Scores of some rows from a fit on the others."""
        if len(fitted) in self._left_out:
            return self._left_out[len(fitted)](fitted, judged)
        inner = self._penalised(self._kernel[np.ix_(fitted, fitted)], len(fitted))
        aim = aims(self._made[fitted])[self._made[fitted].astype(np.int64)]
        direct: Floats = self._kernel[np.ix_(judged, fitted)] @ np.linalg.solve(inner, aim)
        return direct

    @staticmethod
    def _penalised(kernel: Floats, fitted: int) -> Floats:
        return kernel + RIDGE * fitted * np.eye(len(kernel))


def _cross_fitted(predict: _Discriminant, made: Bools, folds: Ints) -> float:
    """AUROC of the discriminant over all pairs of a synthetic and a real row that lie in one fold."""
    wins, pairs = 0.0, 0
    for fold in range(FOLDS):
        fitted, judged = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        positive = made[judged]
        if positive.all() or not positive.any() or made[fitted].all() or not made[fitted].any():
            continue
        scores = np.round(predict(fitted, judged), 10)
        ones, zeros = scores[positive], np.sort(scores[~positive])
        wins += float(sum(np.searchsorted(zeros, ones, side=side).sum() for side in ("left", "right"))) / 2
        pairs += len(ones) * len(zeros)
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
