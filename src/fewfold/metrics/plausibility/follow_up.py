"""Whether events and censoring come when they come in patients."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.data.cohort import Cohort, as_float
from fewfold.data.scales import event_level
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, Metric

LEAST_AT_RISK = 0.1  # share of the records below which a curve is not compared


class FollowUp(Metric):
    """Largest distance between the Kaplan-Meier curves (10.1080/01621459.1958.10501452) of synthetic and holdout
    patients, of the event or of censoring, whichever is larger.

    The curve of censoring is that in which the event ends follow-up. Curves are compared up to the time at which a
    tenth of either group is left. A patient with several rows counts once, at the longest time. The event is the
    ``positive`` level of the event column; without one it is anything but 0 or false, or the level that says so by its
    name. Competing events count as the event unless one is named.
    """

    card = MetricCard(
        name="follow_up",
        title="Follow-up",
        family="plausibility",
        question="Do events and the end of follow-up come when they come in patients?",
        better="lower",
        bounds=(0.0, 1.0),
        finding="FF406",
        equal_size=False,
        roles=("event_time", "event"),
        references=("10.1080/01621459.1958.10501452",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        real, made = _times(comparison.holdout, "real"), _times(comparison.synthetic, "synthetic")
        last = min(float(np.quantile(times, 1 - LEAST_AT_RISK)) for times, _ in (real, made))
        event = distance(real, made, last)
        return max(event, distance((real[0], ~real[1]), (made[0], ~made[1]), last))


def survival(times: Floats, happened: Bools) -> tuple[Floats, Floats]:
    """(k,) the distinct times, in order, and (k,) the Kaplan-Meier estimate just after each.

    ``happened`` is False where follow-up ended without it. An event comes before a censoring at the same time.
    """
    distinct, codes = np.unique(times, return_inverse=True)
    left, events = np.bincount(codes), np.bincount(codes, weights=happened)
    at_risk = len(times) - np.concatenate([[0], np.cumsum(left)[:-1]])
    curve: Floats = np.cumprod(1 - events / at_risk)
    return distinct, curve


def distance(a: tuple[Floats, Bools], b: tuple[Floats, Bools], last: float) -> float:
    """Largest distance between two survival curves, up to the time ``last``."""
    (times_a, curve_a), (times_b, curve_b) = survival(*a), survival(*b)
    at = np.union1d(times_a, times_b)
    at = at[at <= last]
    curves = [
        np.append(1.0, curve)[np.searchsorted(t, at, "right")] for t, curve in ((times_a, curve_a), (times_b, curve_b))
    ]
    return float(np.abs(curves[0] - curves[1]).max(initial=0.0))


def _times(cohort: Cohort, which: str) -> tuple[Floats, Bools]:
    """(m,) the time of each patient whose follow-up is known, and (m,) whether it ended with the event."""
    time, event = cohort.schema.role("event_time"), cohort.schema.role("event")
    if time is None or event is None:
        raise NotApplicable("follow_up needs columns with the roles event_time and event")
    times, happened = as_float(cohort.table[time.name], time), _happened(cohort, event)
    order = np.lexsort((-times, cohort.subjects))
    _, first = np.unique(cohort.subjects[order], return_index=True)
    rows = order[first]
    rows = rows[~np.isnan(times[rows]) & ~np.isnan(happened[rows])]
    if len(rows) < FollowUp.card.min_subjects:
        raise NotApplicable(
            f"follow_up needs {FollowUp.card.min_subjects} patients with {time.name} and {event.name}; "
            f"{len(rows)} {which} ones have both"
        )
    return times[rows], happened[rows] == 1


def _happened(cohort: Cohort, event: Variable) -> Floats:
    """(n,) 1 where the event happened, 0 where not, NaN where it is not known."""
    column = cohort.table[event.name]
    values = np.full(len(column), np.nan)
    known = column.notna().to_numpy()
    if event.positive is not None:
        values[known] = (column[known] == event.positive).to_numpy()
        return values
    levels = event.levels or ()
    if any(isinstance(level, str) for level in levels):
        if len(levels) != 2:
            raise NotApplicable(
                f"follow_up needs to know which level of {event.name} is the event: name it in `positive`"
            )
        counts = [int((column == level).sum()) for level in levels]
        values[known] = (column[known] == event_level(levels, counts)).to_numpy()
        return values
    values[known] = (column[known].astype(np.float64) != 0).to_numpy()
    return values
