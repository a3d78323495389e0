"""Total variation distance of each variable's levels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.metrics.base import Parts, Rows, RowsMetric, average
from fewfold.metrics.ordered import Ordered, columns_of


class TotalVariation(RowsMetric):
    """Mean over the ordinal, categorical and boolean variables of half the sum of the absolute differences between the
    shares of the levels in holdout and synthetic rows; missing is a level."""

    card = MetricCard(
        name="tvd",
        title="Total variation distance",
        family="fidelity",
        question="What share of the rows would have to change level for the frequencies to agree?",
        better="lower",
        bounds=(0.0, 1.0),
        most_rows=50_000,
        finding="FF501",
    )

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        columns = [j for j, v in enumerate(parts[0].schema.features) if v.discrete]
        if not columns:
            raise NotApplicable("there is no variable with levels")
        ordered = Ordered.of(columns_of(parts[1:], columns))

        def distance(rows: Rows) -> float:
            real, made = (ordered.counts(k, rows[k + 1]) / len(rows[k + 1]) for k in (0, 1))
            return average(np.add.reduceat(np.abs(real - made), ordered.starts) / 2)

        return distance
