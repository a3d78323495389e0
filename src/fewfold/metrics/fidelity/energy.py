"""Energy distance between synthetic and held-out rows, all features at once."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.metrics.distances import squared
from fewfold.metrics.fidelity.two_sample import TwoSampleMetric


class EnergyDistance(TwoSampleMetric):
    """Unbiased energy distance between holdout and synthetic rows: twice the mean distance of a holdout row to a
    synthetic one, less the mean distance between two holdout rows and between two synthetic rows. Distances are
    Euclidean on the encoded features. Pairs of rows of one patient do not count. It has no bandwidth to choose, where
    ``mmd`` has one; chance makes it fall below 0.

    ``p``: share of the permutations of whole patients between the two sides that give at least this value. It speaks
    of the rows at hand; that a method can know no more than its training patients is in ``null``.
    """

    card = MetricCard(
        name="energy",
        title="Energy distance (unbiased)",
        family="fidelity",
        question="How much farther is a synthetic row from a patient than rows of one kind are from each other?",
        better="lower",
        bounds=(float("-inf"), float("inf")),
        most_rows=1_000,
        references=("10.1016/j.jspi.2013.03.018",),
    )

    def _kernel(self, rows: Floats, train: Floats) -> Floats:
        return -np.sqrt(np.maximum(squared(rows, rows), 0.0))
