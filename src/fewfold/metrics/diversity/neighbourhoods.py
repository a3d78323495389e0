"""Who lies in whose neighbourhood: what coverage, density, precision and recall count, counted once for all four."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fewfold.metrics.distances import CLOSE, apart, squared_blocks, to_kth_other
from fewfold.metrics.points import Points, PointsMetric
from fewfold.metrics.remembered import Remembered

NEIGHBOURS = 3
EDGE = 1 + 1e-9  # a row on the edge is within, whatever the rounding


class Counts(NamedTuple):
    """The values of the four metrics."""

    coverage: float
    density: float
    precision: float
    recall: float


_COUNTS: Remembered[Counts] = Remembered()


class NeighbourhoodMetric(PointsMetric):
    """A metric of neighbourhoods, which reach from a row to the third nearest row of another patient of its side."""

    kin = "neighbourhoods"

    def _of_points(self, points: Points) -> float:
        found: float = getattr(counts(points), self.card.name)
        return found


def counts(points: Points) -> Counts:
    """The four values, computed once for the same rows and patients."""
    parts = (points.holdout, points.synthetic, points.real, points.made)
    return _COUNTS.of(*parts, make=lambda: counted(points))


def counted(points: Points) -> Counts:
    """From the distances between all holdout and synthetic rows, a block at a time."""
    holdout, synthetic = points.holdout, points.synthetic
    real = to_kth_other(holdout, points.real, NEIGHBOURS)
    made = to_kth_other(synthetic, points.made, NEIGHBOURS)
    deep, covered, recalled = 0, 0, 0
    precise = np.zeros(len(synthetic), dtype=bool)
    for rows, squares in squared_blocks(holdout, synthetic):
        radius = real[rows, None]
        nearest = apart(holdout[rows], synthetic[squares.argmin(axis=1)])
        covered += int(np.count_nonzero(nearest <= real[rows] * EDGE))
        deep += int(np.count_nonzero(squares <= radius**2 * EDGE + CLOSE))
        precise |= (squares <= (radius * EDGE) ** 2).any(axis=0)
        recalled += int(np.count_nonzero((squares <= (made * EDGE) ** 2).any(axis=1)))
    density = deep / (NEIGHBOURS * len(synthetic))
    return Counts(covered / len(holdout), density, float(precise.mean()), recalled / len(holdout))
