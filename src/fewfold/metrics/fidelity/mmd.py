"""Maximum mean discrepancy between synthetic and held-out rows, all features at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.distances import encoded, gaussian_kernel, kernel_sums

PERMUTATIONS = 999


class MaximumMeanDiscrepancy(Metric):
    """Unbiased squared MMD between holdout and synthetic rows: Gaussian kernel on the encoded features, its bandwidth
    the median distance between training rows. Pairs of rows of one patient do not count.

    ``p``: share of the permutations of whole patients between the two sides that give at least this value. It speaks
    of the rows at hand; that a method can know no more than its training patients is in ``null``.
    """

    card = MetricCard(
        name="mmd",
        title="Maximum mean discrepancy (squared, unbiased)",
        family="fidelity",
        question="Do the joint distributions differ?",
        better="lower",
        bounds=(-2.0, 2.0),
        most_rows=1_000,
        finding="FF501",
        references=("https://jmlr.org/papers/v13/gretton12a.html",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        pooled = _pool(comparison)
        side = pooled.synthetic[None, :]
        sums = kernel_sums(pooled.points, pooled.reference, pooled.patients, np.vstack([1 - side, side]).T)
        return float(_unbiased(sums[1, 1], sums[0, 0], sums[0, 1], pooled.patients, side)[0])

    def _p(self, comparison: Comparison, rng: Rng) -> float:
        pooled = _pool(comparison)
        sides = np.zeros(pooled.patients.max() + 1)
        sides[pooled.patients[pooled.synthetic > 0]] = 1.0
        permuted = rng.permuted(np.tile(sides, (PERMUTATIONS, 1)), axis=1)
        every = np.vstack([pooled.synthetic, permuted[:, pooled.patients]])
        values = discrepancy(gaussian_kernel(pooled.points, pooled.reference), pooled.patients, every)
        return float(np.mean(values >= values[0] - 1e-12))


@dataclass(frozen=True, eq=False)
class _Pooled:
    """Holdout and synthetic rows together, the patient of each, and 1.0 where it is synthetic; ``reference``: the
    training rows, which give the bandwidth."""

    points: Floats
    reference: Floats
    patients: Ints
    synthetic: Floats


def _pool(comparison: Comparison) -> _Pooled:
    train, holdout, synthetic = encoded(comparison)
    real, made = (np.unique(c.subjects, return_inverse=True)[1] for c in (comparison.holdout, comparison.synthetic))
    side = np.repeat([0.0, 1.0], [len(real), len(made)])
    return _Pooled(np.vstack([holdout, synthetic]), train, np.concatenate([real, made + real.max() + 1]), side)


def discrepancy(kernel: Floats, patients: Ints, sides: Floats) -> Floats:
    """(k,) unbiased squared MMD for each way (k, n) to put whole patients on side 0.0 or 1.0."""
    other = kernel.copy()
    np.fill_diagonal(other, 0.0)
    if np.bincount(patients).max() > 1:
        other[patients[:, None] == patients] = 0.0
    halves = sides @ other
    within = np.sum(halves * sides, axis=1)
    across = halves.sum(axis=1) - within
    rest = other.sum() - within - 2 * across
    return _unbiased(within, rest, across, patients, sides)


def _unbiased(one: Floats, zero: Floats, across: Floats, patients: Ints, sides: Floats) -> Floats:
    """(k,) from the sums of the kernel over the pairs of rows of different patients: both on side 1.0, both on side
    0.0, and one on each."""
    sizes = np.bincount(patients)[patients]  # pairs of each row within its patient
    n = sides.sum(axis=1)
    m = len(patients) - n
    value: Floats = one / (n**2 - sides @ sizes) + zero / (m**2 - (1 - sides) @ sizes) - 2 * across / (n * m)
    return value
