"""Kolmogorov-Smirnov distance of each variable's distribution."""

from __future__ import annotations

from collections.abc import Callable

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.metrics.base import Parts, Rows, RowsMetric, average
from fewfold.metrics.ordered import Ordered, columns_of


class KolmogorovSmirnov(RowsMetric):
    """Mean over the numeric and date variables of the largest gap between the empirical distribution functions of
    holdout and synthetic rows. Missing values are left out: ``missingness`` judges them."""

    card = MetricCard(
        name="ks",
        title="Kolmogorov-Smirnov distance",
        family="fidelity",
        question="How far apart is each continuous variable's distribution at its worst point?",
        better="lower",
        bounds=(0.0, 1.0),
        most_rows=50_000,
        finding="FF501",
        references=("10.1214/aoms/1177730256",),
    )

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        columns = [j for j, v in enumerate(parts[0].schema.features) if not v.discrete]
        if not columns:
            raise NotApplicable("there is no continuous variable")
        ordered = Ordered.of(columns_of(parts[1:], columns))
        return lambda rows: average(ordered.largest_gaps((0, rows[1]), (1, rows[2])))
