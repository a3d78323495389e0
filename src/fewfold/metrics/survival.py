"""How long patients are followed and whether that ends with the event, compared over any rows of three cohorts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import final

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats
from fewfold.data.follow_up import Ended, FollowUps, event_of
from fewfold.data.kaplan_meier import just_after, survival
from fewfold.metrics.base import Comparison, Parts, Rows, RowsMetric

LEAST_AT_RISK = 0.1  # share of the patients below which a curve is not compared


def follow_ups(parts: Parts, card: MetricCard) -> list[FollowUps]:
    """Of train, holdout and synthetic rows. Raises ``NotApplicable`` where the event is not known, or the follow-up of
    fewer holdout or synthetic patients than the card asks for."""
    time, event = parts[0].schema.follow_up  # the card names the roles
    level = event_of(parts[0], event)
    read = {id(cohort): FollowUps.of(cohort, time, event, level) for cohort in parts}
    for cohort, which in zip(parts[1:], ("real", "synthetic"), strict=True):
        found = len(read[id(cohort)].ends(np.arange(len(cohort))))
        if found < card.min_subjects:
            raise NotApplicable(
                f"{card.name} needs {card.min_subjects} patients with {time.name} and {event.name}; "
                f"{found} {which} ones have both"
            )
    return [read[id(cohort)] for cohort in parts]


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
    return just_after(*survival(*ended), times)
