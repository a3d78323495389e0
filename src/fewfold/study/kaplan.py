"""Kaplan-Meier curves of patients and of synthetic rows, for the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.follow_up import Ended, FollowUps, event_of
from fewfold.data.kaplan_meier import band, just_after, survival
from fewfold.metrics.survival import censoring, last_common
from fewfold.study.result_figures import Kaplan

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
    lost = {name: censoring(ended) for name, ended in drawn.items()}
    return [
        _curves("event", time.unit, at, real, drawn),
        _curves("censoring", time.unit, at, censoring(real), lost),
    ]


def _curves(
    ending: Literal["event", "censoring"], unit: str | None, at: Floats, real: Ended, made: Mapping[str, Ended]
) -> Kaplan:
    distinct, curve = survival(*real)
    own, low, high = (_told(just_after(distinct, values, at)) for values in (curve, *band(*real)))
    return Kaplan(
        ending=ending,
        unit=unit,
        times=at.tolist(),
        real=own,
        low=low,
        high=high,
        synthetic={name: _told(just_after(*survival(*one), at)) for name, one in made.items()},
    )


def _ended(told: FollowUps) -> Ended:
    return told.ended(np.arange(len(told.times)))


def _told(values: Floats) -> list[float]:
    rounded: list[float] = np.round(values, 4).tolist()
    return rounded
