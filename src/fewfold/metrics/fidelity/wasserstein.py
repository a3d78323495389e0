"""Wasserstein distance of each variable's distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats
from fewfold.metrics.base import Parts, Rows, RowsMetric, average
from fewfold.metrics.ordered import Ordered, columns_of


class Wasserstein(RowsMetric):
    """Mean over the numeric and date variables of the 1-Wasserstein distance between holdout and synthetic values, in
    standard deviations of the training rows. Missing values are left out, and so is what is constant in training."""

    card = MetricCard(
        name="wasserstein",
        title="Wasserstein distance",
        family="fidelity",
        question="How far, in SDs, must a value move on average for the distributions to agree?",
        better="lower",
        bounds=(0.0, float("inf")),
        most_rows=50_000,
        finding="FF501",
        references=("10.3390/e19020047",),
    )

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        columns = [j for j, v in enumerate(parts[0].schema.features) if not v.discrete]
        if not columns:
            raise NotApplicable("there is no continuous variable")
        train, *others = columns_of(parts, columns)
        ordered = Ordered.of(others)
        return lambda rows: average(ordered.moves((0, rows[1]), (1, rows[2])) / deviations(train[rows[0]]))


def deviations(values: Floats) -> Floats:
    """(p,) standard deviation of the known values of each column; NaN where they are all the same, or none."""
    known = ~np.isnan(values)
    n = known.sum(axis=0)
    varies = np.fmax.reduce(values, axis=0) > np.fmin.reduce(values, axis=0)
    means = np.where(known, values, 0.0).sum(axis=0) / np.maximum(n, 1)
    squares = np.where(known, values - means, 0.0) ** 2
    deviations: Floats = np.where(varies, np.sqrt(squares.sum(axis=0) / np.maximum(n, 1)), np.nan)
    return deviations
