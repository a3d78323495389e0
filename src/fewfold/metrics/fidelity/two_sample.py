"""Two samples compared by the pairs of their rows, and the permutation test of that."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.metrics.base import Comparison
from fewfold.metrics.points import Points, PointsMetric

PERMUTATIONS = 999


class TwoSampleMetric(PointsMetric):
    """How much more alike two rows of one side are than a holdout and a synthetic row, by a kernel of pairs. Pairs of
    rows of one patient do not count.

    ``p``: share of the permutations of whole patients between the two sides that give at least this value.
    """

    @abstractmethod
    def _kernel(self, rows: Floats, train: Floats) -> Floats:
        """(n, n) how alike any two rows are."""

    def _of_points(self, points: Points) -> float:
        return float(discrepancy(*self._pooled(points))[0])

    def _p(self, comparison: Comparison, rng: Rng) -> float:
        kernel, patients, synthetic = self._pooled(Points.of(comparison))
        sides = np.zeros(patients.max() + 1)
        sides[patients[synthetic[0] > 0]] = 1.0
        permuted = rng.permuted(np.tile(sides, (PERMUTATIONS, 1)), axis=1)
        values = discrepancy(kernel, patients, np.vstack([synthetic, permuted[:, patients]]))
        return float(np.mean(values >= values[0] - 1e-12))

    def _pooled(self, points: Points) -> tuple[Floats, Ints, Floats]:
        """Holdout and synthetic rows together: their kernel, the patient of each, and (1, n) 1.0 where synthetic."""
        kernel = self._kernel(np.vstack([points.holdout, points.synthetic]), points.train)
        real, made = (np.unique(owners, return_inverse=True)[1] for owners in (points.real, points.made))
        side = np.repeat([0.0, 1.0], [len(real), len(made)])
        return kernel, np.concatenate([real, made + real.max() + 1]), side[None, :]


def discrepancy(kernel: Floats, patients: Ints, sides: Floats) -> Floats:
    """(k,) mean kernel of the pairs within each side less twice that of the pairs across, for each way (k, n) to put
    whole patients on side 0.0 or 1.0: the unbiased squared MMD, or the energy distance if the kernel is the distance
    with its sign changed."""
    other, sizes = kernel.copy(), np.bincount(patients)[patients]  # pairs of each row within its patient
    np.fill_diagonal(other, 0.0)
    if sizes.max() > 1:
        other[patients[:, None] == patients] = 0.0
    halves = sides @ other
    within = np.sum(halves * sides, axis=1)
    across = halves.sum(axis=1) - within
    rest = other.sum() - within - 2 * across
    n = sides.sum(axis=1)
    m = len(patients) - n
    pairs_one = n**2 - sides @ sizes
    pairs_two = m**2 - (1 - sides) @ sizes
    value: Floats = within / pairs_one + rest / pairs_two - 2 * across / (n * m)
    return value
