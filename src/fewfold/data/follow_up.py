"""How long each patient was followed, and whether that ended with the event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.types import Bools, Floats, Ints, Level
from fewfold.data.cohort import Cohort, as_float
from fewfold.data.scales import event_level
from fewfold.data.schema import Variable

Ended = tuple[Floats, Bools]  # (m,) how long each patient was followed, and (m,) whether it ended with the event


@dataclass(frozen=True, eq=False)
class FollowUps:
    """The follow-up that stands in each row of a cohort; NaN where it is not known."""

    times: Floats
    happened: Floats
    subjects: Ints

    @classmethod
    def of(cls, cohort: Cohort, time: Variable, event: Variable, level: Level | None) -> Self:
        """``level`` is the event; None where it is any number but 0."""
        column = cohort.table[event.name]
        known, happened = column.notna().to_numpy(), np.full(len(column), np.nan)
        happened[known] = (column[known].astype(np.float64) != 0) if level is None else (column[known] == level)
        return cls(as_float(cohort.table[time.name], time), happened, cohort.subjects)

    def ends(self, rows: Ints) -> Ints:
        """Which of some rows are the last of their patients: those at the longest time, where both are known."""
        owners, times = self.subjects[rows], self.times[rows]
        order = np.lexsort((-times, owners))  # NaN last
        first = np.ones(len(order), dtype=bool)
        first[1:] = owners[order[1:]] != owners[order[:-1]]
        last: Ints = rows[order[first]]
        return last[~np.isnan(self.times[last]) & ~np.isnan(self.happened[last])]

    def ended(self, rows: Ints) -> Ended:
        """The follow-up of the patients of some rows, each once."""
        last = self.ends(rows)
        return self.times[last], self.happened[last] == 1


def event_of(cohort: Cohort, event: Variable) -> Level | None:
    """The level of the event column that is the event; None where it is any number but 0.

    Of two levels it is the larger number (1 and 2 are codes too), or told by their names, or the rarer one. Raises
    ``NotApplicable`` where nothing says it.
    """
    levels = event.levels or ()
    if event.positive is not None:
        return event.positive
    if len(levels) == 2:
        return event_level(levels, [int((cohort.table[event.name] == level).sum()) for level in levels])
    if any(isinstance(level, str) for level in levels):
        raise NotApplicable(f"nothing says which level of {event.name} is the event: name it in `positive`")
    return None


def survival_of(cohort: Cohort) -> Cohort:
    """The cohort with its follow-up for target: what was the target is left aside.

    Raises ``BadInput`` where no columns have the roles ``event_time`` and ``event``.
    """
    if not cohort.schema.follow_up:
        raise BadInput(
            expected="a column with the role event_time and one with the role event",
            found="none, or only one of them",
            fix="Name them: ff.read(..., time=COLUMN, event=COLUMN).",
        )
    aside = [v.model_copy(update={"role": "ignore"}) for v in cohort.schema.variables if v.role == "target"]
    return Cohort(cohort.table, cohort.schema.with_variables(aside), cohort.provenance, cohort.blocks)


def signed_times(cohort: Cohort) -> Floats:
    """(n,) the time to the event; where follow-up ended without it, how long it was, negative; NaN where unknown."""
    time, event = cohort.schema.follow_up
    told = FollowUps.of(cohort, time, event, event_of(cohort, event))
    signed: Floats = np.where(told.happened == 1, told.times, -told.times) + 0 * told.happened
    return signed
