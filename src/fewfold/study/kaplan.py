"""Kaplan-Meier curves of patients and of synthetic rows, for the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Floats
from fewfold.data.cohort import Cohort
from fewfold.data.follow_up import Ended, FollowUps, event_of
from fewfold.data.kaplan_meier import band, survival
from fewfold.metrics.survival import censoring, last_common
from fewfold.study.result import Kaplan

POINTS = 60  # at which the curves are told


def kaplans(cohort: Cohort, made: Mapping[str, Cohort]) -> list[Kaplan]:
    """The curves of the event and of censoring, up to where a tenth of the patients is left; methods that draw no
    follow-up are left out. Empty where it is not known what the event is, or no method draws it."""
    if not cohort.schema.follow_up:
        return []
    time, event = cohort.schema.follow_up
    try:
        level = event_of(cohort, event)
    except NotApplicable:
        return []
    real, *others = (_ended(FollowUps.of(one, time, event, level)) for one in (cohort, *made.values()))
    drawn = {name: ended for name, ended in zip(made, others, strict=True) if len(ended[0])}
    if not drawn or not len(real[0]):
        return []
    at = np.linspace(0, last_common(real, real), POINTS)
    turned: dict[Literal["event", "censoring"], Callable[[Ended], Ended]] = {"event": _same, "censoring": censoring}
    return [
        Kaplan(
            ending=ending,
            unit=time.unit,
            times=at.tolist(),
            real=_read(*turn(real), at, survival(*turn(real))[1]),
            low=_read(*turn(real), at, band(*turn(real))[0]),
            high=_read(*turn(real), at, band(*turn(real))[1]),
            synthetic={name: _read(*turn(one), at, survival(*turn(one))[1]) for name, one in drawn.items()},
        )
        for ending, turn in turned.items()
    ]


def _same(ended: Ended) -> Ended:
    return ended


def _ended(told: FollowUps) -> Ended:
    return told.ended(np.arange(len(told.times)))


def _read(times: Floats, happened: Bools, at: Floats, values: Floats) -> list[float]:
    """What stands just after each time."""
    known = np.append(1.0, values)[np.searchsorted(np.unique(times), at, "right")]
    return [round(float(value), 4) for value in known]
