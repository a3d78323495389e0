"""Whether synthetic patients come back after as long as real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.rules.visits import at_previous
from fewfold.metrics.base import Comparison, Rows
from fewfold.metrics.ordered import Ordered
from fewfold.metrics.visits import VisitsMetric, times_of


class VisitGaps(VisitsMetric):
    """1-Wasserstein distance between the times from one visit to the next of holdout and of synthetic patients, divided
    by the mean of these times in training patients: 0.1 where they differ by a tenth of the usual gap on average.
    ``details``: the median gaps, in the unit of the time (days for dates).
    """

    card = MetricCard(
        name="visit_gaps",
        title="Gaps between visits",
        family="plausibility",
        question="Do patients come back after as long as real ones do?",
        better="lower",
        bounds=(0.0, float("inf")),
        roles=("subject", "visit_time"),
        references=("10.3390/e19020047",),
    )

    def _derived(self, cohort: Cohort) -> Floats:
        times = times_of(cohort)
        return (times - at_previous(cohort, times))[:, None]

    def _of_derived(self, tables: Sequence[Floats]) -> Callable[[Rows], float]:
        ordered = Ordered.of(tables[1:])

        def distance(rows: Rows) -> float:
            usual = tables[0][rows[0]]
            usual = usual[~np.isnan(usual)]
            moved = float(ordered.moves((0, rows[1]), (1, rows[2]))[0])
            return moved / float(usual.mean()) if usual.any() else float("nan")

        return distance

    def _details(self, comparison: Comparison) -> dict[str, float]:
        real, made = (float(np.nanmedian(self._derived(c))) for c in (comparison.holdout, comparison.synthetic))
        return {"real median": real, "synthetic median": made}
