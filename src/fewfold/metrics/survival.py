"""How long patients are followed and whether that ends with the event, compared over any rows of three cohorts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, final

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Floats, Ints, Level
from fewfold.data.cohort import Cohort, as_float
from fewfold.data.kaplan_meier import survival
from fewfold.data.scales import event_level
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, Parts, Rows, RowsMetric

LEAST_AT_RISK = 0.1  # share of the patients below which a curve is not compared

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


def follow_ups(parts: Parts, card: MetricCard) -> list[FollowUps]:
    """Of train, holdout and synthetic rows. Raises ``NotApplicable`` where the event is not known, or the follow-up of
    fewer holdout or synthetic patients than the card asks for."""
    time, event = (parts[0].schema.role(role) for role in ("event_time", "event"))
    assert time is not None and event is not None  # the card names the roles
    level = _event(parts[0], event, card)
    read = {id(cohort): FollowUps.of(cohort, time, event, level) for cohort in parts}
    for cohort, which in zip(parts[1:], ("real", "synthetic"), strict=True):
        found = len(read[id(cohort)].ends(np.arange(len(cohort))))
        if found < card.min_subjects:
            raise NotApplicable(
                f"{card.name} needs {card.min_subjects} patients with {time.name} and {event.name}; "
                f"{found} {which} ones have both"
            )
    return [read[id(cohort)] for cohort in parts]


def _event(train: Cohort, event: Variable, card: MetricCard) -> Level | None:
    levels = event.levels or ()
    if event.positive is not None or not any(isinstance(level, str) for level in levels):
        return event.positive
    if len(levels) != 2:
        raise NotApplicable(
            f"{card.name} needs to know which level of {event.name} is the event: name it in `positive`"
        )
    return event_level(levels, [int((train.table[event.name] == level).sum()) for level in levels])


class SurvivalMetric(RowsMetric):
    """A metric of how long holdout and synthetic patients are followed, and whether that ends with the event."""

    @final
    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        _, real, made = follow_ups(parts, self.card)
        return lambda rows: self._compared(real.ended(rows[1]), made.ended(rows[2]))

    @abstractmethod
    def _compared(self, real: Ended, made: Ended) -> float: ...

    @final
    def _details(self, comparison: Comparison) -> dict[str, float]:
        parts = (comparison.train, comparison.holdout, comparison.synthetic)
        _, real, made = follow_ups(parts, self.card)
        return self._told(real.ended(np.arange(len(parts[1]))), made.ended(np.arange(len(parts[2]))))

    def _told(self, real: Ended, made: Ended) -> dict[str, float]:
        return {}


def censoring(ended: Ended) -> Ended:
    """The same follow-up with the ends of it in place of the events: its curve is that of censoring."""
    return ended[0], ~ended[1]


def last_common(real: Ended, made: Ended) -> float:
    """The time at which a tenth of either group is left."""
    return min(float(np.quantile(times, 1 - LEAST_AT_RISK)) for times, _ in (real, made))


def distance(a: Ended, b: Ended, last: float) -> float:
    """Largest distance between two survival curves, up to the time ``last``."""
    at = np.union1d(a[0], b[0])
    at = at[at <= last]
    return float(np.abs(_at(a, at) - _at(b, at)).max(initial=0.0))


def steps(a: Ended, b: Ended, last: float) -> tuple[Floats, Floats, Floats]:
    """(k,) both survival curves between any two times at which one of them may fall, from 0 to ``last``, and (k,) how
    long that is. A curve stays level after its last time."""
    at = np.union1d(a[0], b[0])
    at = np.concatenate([[0.0], at[(at > 0) & (at < last)]])
    return _at(a, at), _at(b, at), np.diff(at, append=last)


def _at(ended: Ended, times: Floats) -> Floats:
    """(k,) a survival curve just after some times."""
    falls, curve = survival(*ended)
    values: Floats = np.append(1.0, curve)[np.searchsorted(falls, times, "right")]
    return values
