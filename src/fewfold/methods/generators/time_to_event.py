"""How long patients are followed and what ends it, as a model to draw from: events and censoring apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.kaplan_meier import survival
from fewfold.methods.generators.margins import Margin, stepped

NEIGHBOURS = 5  # events at the nearest times, of which one gives the cause of an event
CENSORED = -1


@dataclass(frozen=True)
class TimeToEvent:
    """``event`` and ``censoring``: smoothed Kaplan-Meier quantile functions, which end at the share that is reached.
    ``times`` and ``causes`` (k,): the events, in order of time. ``last``: the longest follow-up."""

    event: Margin
    censoring: Margin
    times: Floats
    causes: Ints
    last: float

    @classmethod
    def of(cls, times: Floats, causes: Ints) -> TimeToEvent:
        """From (n,) how long each patient was followed and (n,) what ended that, ``CENSORED`` where nothing did."""
        happened = causes != CENSORED
        order = np.argsort(times[happened], kind="stable")
        return cls(
            _quantiles(times, happened),
            _quantiles(times, ~happened),
            times[happened][order],
            causes[happened][order],
            float(times.max()),
        )

    def arrays(self) -> dict[str, Floats | Ints]:
        """What :meth:`from_arrays` takes."""
        curves = {"event": self.event.knots, "censoring": self.censoring.knots}
        return {**curves, "times": self.times, "causes": self.causes, "last": np.array(self.last)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> TimeToEvent:
        """The inverse of :meth:`arrays`."""
        event, censoring = (Margin(arrays[name]) for name in ("event", "censoring"))
        return cls(event, censoring, arrays["times"], arrays["causes"], float(arrays["last"]))

    def draw(self, n: int, rng: Rng) -> tuple[Floats, Ints]:
        """(n,) times and (n,) causes, ``CENSORED`` where the event was not seen."""
        event, censoring = (_times(margin, rng.random(n)) for margin in (self.event, self.censoring))
        seen = event <= censoring  # where they are equal, as in the estimate
        ends = np.minimum(np.minimum(event, censoring), self.last)
        causes = np.full(n, CENSORED, dtype=np.int64)
        seen &= np.isfinite(event)
        causes[seen] = self._causes(ends[seen], rng)
        return ends, causes

    def _causes(self, times: Floats, rng: Rng) -> Ints:
        """The cause of one of the nearest events, by rank."""
        few = min(NEIGHBOURS, len(self.times))
        first = np.clip(np.searchsorted(self.times, times) - few // 2, 0, len(self.times) - few)
        chosen: Ints = self.causes[first + rng.integers(few, size=len(times))]
        return chosen


def _quantiles(times: Floats, happened: Bools) -> Margin:
    """Of the times of what happened; the share that is never reached is left out."""
    distinct, curve = survival(times, happened)
    jumps = -np.diff(curve, prepend=1.0) > 0
    patients = np.array([np.count_nonzero(happened & (times == time)) for time in distinct[jumps]])
    return stepped(distinct[jumps], 1 - curve[jumps], patients > 1) if jumps.any() else Margin(np.empty((0, 2)))


def _times(margin: Margin, probabilities: Floats) -> Floats:
    """Infinite for a share that the estimate does not reach."""
    if not len(margin.knots):
        return np.full(probabilities.shape, np.inf)
    return np.where(probabilities <= margin.knots[-1, 0], margin.quantile(probabilities), np.inf)
