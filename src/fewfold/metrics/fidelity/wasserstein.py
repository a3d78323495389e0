"""Wasserstein distance of each variable's distribution."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.metrics.base import Comparison, Metric, average


class Wasserstein(Metric):
    """Mean over the numeric and date variables of the 1-Wasserstein distance between holdout and synthetic values, in
    standard deviations of the training rows. Missing values are left out, and so is what is constant in training."""

    card = MetricCard(
        name="wasserstein",
        title="Wasserstein distance",
        family="fidelity",
        question="How far, in SDs, must a value move on average for the distributions to agree?",
        better="lower",
        bounds=(0.0, float("inf")),
        references=("10.3390/e19020047",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        columns = [j for j, v in enumerate(comparison.train.schema.features) if not v.discrete]
        if not columns:
            raise NotApplicable("there is no continuous variable")
        cohorts = (comparison.train, comparison.holdout, comparison.synthetic)
        train, real, made = (c.matrix[:, columns].T for c in cohorts)
        return average([_in_sds(*(x[~np.isnan(x)] for x in each)) for each in zip(train, real, made, strict=True)])


def _in_sds(train: Floats, real: Floats, made: Floats) -> float:
    if not len(train) or not len(real) or not len(made) or train.min() == train.max():
        return float("nan")
    return distance(real, made) / float(train.std())


def distance(a: Floats, b: Floats) -> float:
    """The area between two empirical distribution functions."""
    a, b = np.sort(a), np.sort(b)
    at = np.sort(np.concatenate([a, b]))
    gap = np.searchsorted(a, at[:-1], side="right") / len(a) - np.searchsorted(b, at[:-1], side="right") / len(b)
    return float(np.sum(np.abs(gap) * np.diff(at)))
