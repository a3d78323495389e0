"""Whether synthetic patients change as fast as real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Floats
from fewfold.data.cohort import Cohort
from fewfold.data.rules.visits import visit_order
from fewfold.metrics.base import Rows, average
from fewfold.metrics.ordered import Ordered
from fewfold.metrics.visits import VisitsMetric, ordered_columns, times_of


class Slopes(VisitsMetric):
    """Kolmogorov-Smirnov distance between the slopes of holdout and of synthetic patients, mean over the features that
    change within training patients. A slope is the least-squares change per unit of time of one patient, from two known
    values at different times or more; levels count by their order, and categories without one are left out."""

    card = MetricCard(
        name="slopes",
        title="Slopes of patients",
        family="plausibility",
        question="Do patients get worse, or better, as fast as real ones do?",
        better="lower",
        bounds=(0.0, 1.0),
        roles=("subject", "visit_time"),
        references=("10.1214/aoms/1177730256",),
    )

    def _derived(self, cohort: Cohort) -> Floats:
        values, (order, first) = ordered_columns(cohort), visit_order(cohort)
        slopes, starts = np.full(values.shape, np.nan), np.flatnonzero(first)
        if len(order):
            slopes[order[starts]] = _slopes(times_of(cohort)[order], values[order], first)
        return slopes

    def _of_derived(self, tables: Sequence[Floats]) -> Callable[[Rows], float]:
        if not tables[0].shape[1]:
            raise NotApplicable("no feature has an order")
        ordered = Ordered.of(tables[1:])

        def distance(rows: Rows) -> float:
            change = (np.nan_to_num(tables[0][rows[0]]) != 0).any(axis=0)
            return average(ordered.largest_gaps((0, rows[1]), (1, rows[2]))[change])

        return distance


def _slopes(times: Floats, values: Floats, first: Bools) -> Floats:
    """(g, p) least-squares slope of each patient; NaN without two known values at different times.

    ``values`` (m, p) and ``times`` (m,) are sorted by patient; ``first`` (m,) says where one begins.
    """
    starts, owner = np.flatnonzero(first), np.cumsum(first) - 1
    known = ~np.isnan(values)
    n = np.maximum(np.add.reduceat(known.astype(np.float64), starts, axis=0), 1.0)

    def centred(x: Floats) -> Floats:
        means = np.add.reduceat(np.where(known, x, 0.0), starts, axis=0) / n
        return np.where(known, x - means[owner], 0.0)

    def varies(x: Floats) -> Bools:
        return np.fmax.reduceat(x, starts, axis=0) > np.fmin.reduceat(x, starts, axis=0)

    since = np.where(known, times[:, None], np.nan)
    t, moved = centred(since), varies(values)
    along = np.add.reduceat(t * centred(values), starts, axis=0)
    spread = np.add.reduceat(t**2, starts, axis=0)
    slopes: Floats = np.divide(along * moved, spread, out=np.full_like(along, np.nan), where=varies(since))
    return slopes
