"""How many different patients a sample is worth, synthetic beside real, at the same number of both."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import final

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.metrics.base import Comparison
from fewfold.metrics.distances import bandwidth
from fewfold.metrics.points import Points, PointsMetric


class EffectiveNumber(PointsMetric):
    """An effective number of patients of the synthetic rows, divided by that of as many holdout patients. The number
    grows with the size of a sample, so that it is taken of as many on both sides: a patient with several rows counts
    once, with the first of them, and the larger side is thinned evenly."""

    @abstractmethod
    def _number(self, rows: Floats, width: float) -> float:
        """The effective number of n patients, from 1, all the same, to n, by a Gaussian kernel of their rows (n, p)
        with this bandwidth."""

    @final
    def _of_points(self, points: Points) -> float:
        real, made = _evenly(points.real, points.made)
        width = bandwidth(points.train)
        return self._number(points.synthetic[made], width) / self._number(points.holdout[real], width)

    def _size(self, comparison: Comparison) -> int:
        return min(super()._size(comparison), len(comparison.holdout))

    def _sized(self, comparison: Comparison, rng: Rng) -> Comparison:
        """As many patients on both sides, so that they stay as many when the jackknife leaves some out."""
        sized = super()._sized(comparison, rng)
        real, made = _evenly(sized.holdout.subjects, sized.synthetic.subjects)
        return replace(sized, holdout=sized.holdout.take(real), synthetic=sized.synthetic.take(made))


def _evenly(real: Ints, made: Ints) -> tuple[Ints, Ints]:
    """Positions of the first rows of as many patients of both, evenly spread over the larger table."""
    first = [np.sort(np.unique(owners, return_index=True)[1]) for owners in (real, made)]
    n = min(map(len, first))
    some, others = (rows[np.arange(n) * len(rows) // n] for rows in first)
    return some, others
