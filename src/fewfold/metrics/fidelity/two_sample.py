"""Two samples compared by the pairs of their rows, and the permutation test of that."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.metrics.base import Comparison
from fewfold.metrics.distances import pair_sums, squared
from fewfold.metrics.points import Points, PointsMetric

PERMUTATIONS = 999


class TwoSampleMetric(PointsMetric):
    """How much more alike two rows of one side are than a holdout and a synthetic row, by a kernel of pairs. Pairs of
    rows of one patient do not count.

    ``p``: share of the permutations of whole patients between the two sides that give at least this value.
    """

    @abstractmethod
    def _alike(self, train: Floats) -> Callable[[Floats], Floats]:
        """How alike two rows are from their squared distance; it may write to what it is given."""

    def _of_points(self, points: Points) -> float:
        rows, patients, sides = pooled(points)
        sums = pair_sums(rows, patients, np.vstack([1 - sides, sides]).T, self._alike(points.train))
        return float(_unbiased(sums[1, 1], sums[0, 0], sums[0, 1], patients, sides)[0])

    def _p(self, comparison: Comparison, rng: Rng) -> float:
        points = Points.of(comparison)
        rows, patients, synthetic = pooled(points)
        return permutation_p(self._alike(points.train)(squared(rows, rows)), patients, synthetic, rng)


def permutation_p(kernel: Floats, patients: Ints, synthetic: Floats, rng: Rng) -> float:
    """The share of the permutations of whole patients between the sides whose discrepancy is at least that which is
    seen, itself among them. ``kernel`` (n, n), ``patients`` (n,) and ``synthetic`` (1, n) as for ``discrepancy``."""
    sides = np.zeros(patients.max() + 1)
    sides[patients[synthetic[0] > 0]] = 1.0
    permuted = rng.permuted(np.tile(sides, (PERMUTATIONS, 1)), axis=1)
    values = discrepancy(kernel, patients, np.vstack([synthetic, permuted[:, patients]]))
    return float(np.mean(values >= values[0] - 1e-12))


def pooled(points: Points) -> tuple[Floats, Ints, Floats]:
    """Holdout and synthetic rows together, the patient of each, and (1, n) 1.0 where it is synthetic."""
    real, made = (np.unique(owners, return_inverse=True)[1] for owners in (points.real, points.made))
    side = np.repeat([0.0, 1.0], [len(real), len(made)])
    return np.vstack([points.holdout, points.synthetic]), np.concatenate([real, made + real.max() + 1]), side[None, :]


def discrepancy(kernel: Floats, patients: Ints, sides: Floats) -> Floats:
    """(k,) mean kernel of the pairs within each side less twice that of the pairs across, for each way (k, n) to put
    whole patients on side 0.0 or 1.0: the unbiased squared MMD, or the energy distance if the kernel is the distance
    with its sign changed."""
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
    """(k,) as ``discrepancy``, from the sums of the kernel over the pairs of rows of different patients: both on side
    1.0, both on side 0.0, and one on each."""
    sizes = np.bincount(patients)[patients]  # pairs of each row within its patient
    n = sides.sum(axis=1)
    m = len(patients) - n
    value: Floats = one / (n**2 - sides @ sizes) + zero / (m**2 - (1 - sides) @ sizes) - 2 * across / (n * m)
    return value
