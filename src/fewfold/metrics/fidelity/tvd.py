"""Total variation distance of each variable's levels."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.metrics.base import Comparison, Metric, average


class TotalVariation(Metric):
    """Mean over the ordinal, categorical and boolean variables of half the sum of the absolute differences between the
    shares of the levels in holdout and synthetic rows; missing is a level."""

    card = MetricCard(
        name="tvd",
        title="Total variation distance",
        family="fidelity",
        question="What share of the rows would have to change level for the frequencies to agree?",
        better="lower",
        bounds=(0.0, 1.0),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        features = enumerate(comparison.train.schema.features)
        columns = [(j, len(v.levels or ())) for j, v in features if v.discrete]
        if not columns:
            raise NotApplicable("there is no variable with levels")
        real, made = comparison.holdout.matrix, comparison.synthetic.matrix
        return average([np.abs(_shares(real[:, j], k) - _shares(made[:, j], k)).sum() / 2 for j, k in columns])


def _shares(codes: Floats, levels: int) -> Floats:
    """(levels + 1,) share of the rows with each level, the missing ones last."""
    filled = np.where(np.isnan(codes), levels, codes).astype(np.int64)
    shares: Floats = np.bincount(filled, minlength=levels + 1) / len(codes)
    return shares
