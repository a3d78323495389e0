"""Kolmogorov-Smirnov distance of each variable's distribution."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.metrics.base import Comparison, Metric, average


class KolmogorovSmirnov(Metric):
    """Mean over the numeric and date variables of the largest gap between the empirical distribution functions of
    holdout and synthetic rows. Missing values are left out: ``missingness`` judges them."""

    card = MetricCard(
        name="ks",
        title="Kolmogorov-Smirnov distance",
        family="fidelity",
        question="How far apart is each continuous variable's distribution at its worst point?",
        better="lower",
        bounds=(0.0, 1.0),
        references=("10.1214/aoms/1177730256",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        columns = [j for j, v in enumerate(comparison.train.schema.features) if not v.discrete]
        if not columns:
            raise NotApplicable("there is no continuous variable")
        real, made = comparison.holdout.matrix, comparison.synthetic.matrix
        gaps = [_distance(real[:, j], made[:, j]) for j in columns]
        return average(gaps)


def _distance(a: Floats, b: Floats) -> float:
    a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
    if not len(a) or not len(b):
        return float("nan")
    at = np.concatenate([a, b])
    gap = np.searchsorted(a, at, side="right") / len(a) - np.searchsorted(b, at, side="right") / len(b)
    return float(np.abs(gap).max())
