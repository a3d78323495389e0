"""Which values are missing, and which are missing together."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.metrics.base import Comparison, Metric


class Missingness(Metric):
    """The mean absolute difference between the missing rates of holdout and synthetic rows; where two or more variables
    have gaps, averaged with the same of the rates at which each pair is missing together.

    Variables that are never missing are left out; where none is ever missing the two sides agree, and the value is 0.
    """

    card = MetricCard(
        name="missingness",
        title="Missingness difference",
        family="fidelity",
        question="Are the same values missing, as often and together?",
        better="lower",
        bounds=(0.0, 1.0),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        cohorts = (comparison.train, comparison.holdout, comparison.synthetic)
        gaps = [np.isnan(c.matrix) for c in cohorts]
        ever = np.logical_or.reduce([g.any(axis=0) for g in gaps])
        if not ever.any():
            return 0.0
        real, made = gaps[1][:, ever], gaps[2][:, ever]
        gap = np.abs(_together(real) - _together(made))
        alone, pairs = float(np.diag(gap).mean()), gap[np.triu_indices(len(gap), 1)]
        return (alone + float(pairs.mean())) / 2 if len(pairs) else alone


def _together(gaps: Bools) -> Floats:
    """(k, k) share of the rows in which both of two variables are missing; on the diagonal, the rate of each."""
    ones = gaps.astype(np.float64)
    shares: Floats = ones.T @ ones / len(ones)
    return shares
