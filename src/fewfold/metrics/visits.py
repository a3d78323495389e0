"""What stands between the visits of a patient, compared over any patients of three cohorts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import final

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort, as_float
from fewfold.data.rules.visits import visit_order
from fewfold.data.schema import Variable
from fewfold.metrics.base import Parts, Rows, RowsMetric

LEAST = 10  # patients with as many visits as a metric needs


class VisitsMetric(RowsMetric):
    """A metric of what is derived from the visits of each patient. It is derived once: all re-splits take whole
    patients."""

    @final
    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        for cohort, which in zip(parts[1:], ("real", "synthetic"), strict=True):
            self._check_visits(cohort, which)
        derived = {id(cohort): self._derived(cohort) for cohort in {id(c): c for c in parts}.values()}
        return self._of_derived([derived[id(cohort)] for cohort in parts])

    def _check_visits(self, cohort: Cohort, which: str) -> None:
        visits_of(cohort, which, self.card)

    @abstractmethod
    def _derived(self, cohort: Cohort) -> Floats:
        """(n, k) numbers for each row of a cohort, NaN where a row has none."""

    @abstractmethod
    def _of_derived(self, tables: Sequence[Floats]) -> Callable[[Rows], float]:
        """The statistic of some rows, from what was derived of train, holdout and synthetic rows."""


def visits_of(cohort: Cohort, which: str, card: MetricCard, *, visits: int = 2) -> tuple[Ints, Bools]:
    """As :func:`~fewfold.data.rules.visits.visit_order`. Raises ``NotApplicable`` where fewer than 10 patients have one
    visit, or two, at a known time; ``which`` cohort it is is for the reason."""
    order, first = visit_order(cohort)
    found = len(np.unique(cohort.subjects[order if visits == 1 else order[~first]]))
    if found < LEAST:
        many = "a visit" if visits == 1 else "two visits"
        raise NotApplicable(
            f"{card.name} needs {LEAST} patients with {many} whose time is known; {found} {which} ones have"
        )
    return order, first


def times_of(cohort: Cohort) -> Floats:
    """(n,) the time of each visit: a number in the unit of its column, or days for dates; NaN where not known."""
    time = cohort.schema.role("visit_time")
    assert time is not None  # the card names the role
    return as_float(cohort.table[time.name], time)


def has_order(variable: Variable) -> bool:
    """Whether one value of a variable can be said to be larger than another."""
    return variable.kind != "categorical" or len(variable.levels or ()) <= 2


def ordered_columns(cohort: Cohort) -> Floats:
    """(n, k) the features that have an order."""
    return cohort.matrix[:, [has_order(variable) for variable in cohort.schema.features]]
