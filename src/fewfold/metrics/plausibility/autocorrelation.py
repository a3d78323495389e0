"""Whether a visit tells as much of the next one as in real patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.rules.visits import at_previous
from fewfold.metrics.base import Comparison, Rows, average
from fewfold.metrics.ordered import Ordered
from fewfold.metrics.visits import VisitsMetric, ordered_columns


class Autocorrelation(VisitsMetric):
    """Absolute difference between the lag-1 autocorrelations of holdout and of synthetic patients, mean over the
    features. The autocorrelation is Spearman's correlation of a value with that of the same patient's visit before,
    over all pairs of visits at which both are known; 0 where a feature of the synthetic rows does not vary. Categories
    without an order are left out. ``details``: the mean autocorrelations.
    """

    card = MetricCard(
        name="autocorrelation",
        title="Autocorrelation from visit to visit",
        family="plausibility",
        question="Does a visit tell as much of the next one as in real patients?",
        better="lower",
        bounds=(0.0, 2.0),
        roles=("subject", "visit_time"),
        references=("10.2307/1412159",),
    )

    def _derived(self, cohort: Cohort) -> Floats:
        values = ordered_columns(cohort)
        before = at_previous(cohort, values)
        pairs = np.concatenate([before, values], axis=1)
        pairs[np.tile(np.isnan(before) | np.isnan(values), 2)] = np.nan
        return pairs

    def _of_derived(self, tables: Sequence[Floats]) -> Callable[[Rows], float]:
        if not tables[0].shape[1]:
            raise NotApplicable("no feature has an order")
        ordered = Ordered.of(tables[1:])

        def difference(rows: Rows) -> float:
            real, made = (_correlations(ordered, k, rows[k + 1]) for k in range(2))
            return average(np.abs(np.nan_to_num(made) - real))

        return difference

    def _details(self, comparison: Comparison) -> dict[str, float]:
        told = {}
        for which, cohort in (("real", comparison.holdout), ("synthetic", comparison.synthetic)):
            ordered = Ordered.of([self._derived(cohort)])
            told[f"{which} mean"] = average(_correlations(ordered, 0, np.arange(len(cohort))))
        return told


def _correlations(ordered: Ordered, table: int, rows: Ints) -> Floats:
    """(p,) Spearman's correlation of the first p columns with the last p; NaN where one does not vary."""
    centred, _ = ordered.ranks(ordered.codes[table][:, rows])
    before, after = np.split(centred[ordered.codes[table][:, rows]], 2)
    squares = np.sum(before**2, axis=1) * np.sum(after**2, axis=1)
    products = np.sum(before * after, axis=1)
    correlations: Floats = np.divide(products, np.sqrt(squares), out=np.full_like(products, np.nan), where=squares > 0)
    return correlations
