"""Whether synthetic patients are seen as often as real ones before they are seen no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.rules.visits import visit_order
from fewfold.metrics.base import Comparison, Rows
from fewfold.metrics.ordered import Ordered
from fewfold.metrics.visits import VisitsMetric, visits_of


class Dropout(VisitsMetric):
    """Largest difference, over all k, between the shares of holdout and of synthetic patients who have a k-th visit:
    the Kolmogorov-Smirnov distance between the numbers of visits. A visit counts where its time is known.
    ``details``: the mean numbers of visits.
    """

    card = MetricCard(
        name="dropout",
        title="Dropout",
        family="plausibility",
        question="Do as many patients as in reality have a second visit, a third, and so on?",
        better="lower",
        bounds=(0.0, 1.0),
        roles=("subject", "visit_time"),
        references=("10.1214/aoms/1177730256",),
    )

    def _check_visits(self, cohort: Cohort, which: str) -> None:
        visits_of(cohort, which, self.card, visits=2 if which == "real" else 1)

    def _derived(self, cohort: Cohort) -> Floats:
        order, first = visit_order(cohort)
        starts = np.flatnonzero(first)
        visits = np.full((len(cohort), 1), np.nan)
        visits[order[starts], 0] = np.diff(starts, append=len(order))
        return visits

    def _of_derived(self, tables: Sequence[Floats]) -> Callable[[Rows], float]:
        ordered = Ordered.of(tables[1:])
        return lambda rows: float(ordered.largest_gaps((0, rows[1]), (1, rows[2]))[0])

    def _details(self, comparison: Comparison) -> dict[str, float]:
        real, made = (float(np.nanmean(self._derived(c))) for c in (comparison.holdout, comparison.synthetic))
        return {"real mean visits": real, "synthetic mean visits": made}
