"""Kernel inception distance: images compared in a feature space by a polynomial kernel."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.metrics.base import Comparison
from fewfold.metrics.fidelity.two_sample import discrepancy, permutation_p, pooled
from fewfold.metrics.points import Points, PointsMetric


class KernelInceptionDistance(PointsMetric):
    """Unbiased squared maximum mean discrepancy between holdout and synthetic images with the kernel (x.y / d + 1)^3 of
    their d coordinates: it compares means, variances and skewness. Pairs of images of one patient do not count. The
    space is that of the comparison (``fewfold.metrics.spaces.in_space``) and stands beside the number.

    Coordinates are put on one scale by the training images first, since those of most spaces have none in common; those
    that do not vary there are left out. The numbers of papers take the coordinates of one trained network as they are,
    and cannot be set beside these. All images are taken at once, where the paper takes the mean over blocks.

    ``p``: share of the permutations of whole patients between the two sides that give at least this value. It speaks
    of the images at hand; that a method can know no more than its training patients is in ``null``.
    """

    card = MetricCard(
        name="kid",
        title="Kernel inception distance (in the space that is named)",
        family="fidelity",
        question="Are synthetic images where real ones are, in a feature space?",
        better="lower",
        bounds=(float("-inf"), float("inf")),
        modalities=("image", "volume"),
        most_rows=1_000,
        references=("10.48550/arXiv.1801.01401",),
    )

    def _of_points(self, points: Points) -> float:
        rows, patients, synthetic = pooled(points)
        return float(discrepancy(polynomial(rows), patients, synthetic)[0])

    def _p(self, comparison: Comparison, rng: Rng) -> float:
        rows, patients, synthetic = pooled(Points.of(comparison))
        return permutation_p(polynomial(rows), patients, synthetic, rng)


def polynomial(rows: Floats) -> Floats:
    """(n, n) cubic polynomial kernel of (n, d) rows."""
    base = rows @ rows.T / rows.shape[1] + 1.0
    kernel: Floats = base * base * base  # a power of 3 takes many times as long
    return kernel
