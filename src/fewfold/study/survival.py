"""Studies of survival: one row a patient, a time and an event, and when predicted curves are judged."""

from __future__ import annotations

import numpy as np

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.follow_up import event_of
from fewfold.metrics.utility.survival.scores import evenly
from fewfold.study.settings import Settings


def with_event(*cohorts: Cohort) -> tuple[Cohort, ...]:
    """The cohorts, whose schema says which level is the event, so that none of them, and no part, takes another one for
    it: that of the first one. Raises ``BadInput`` for follow-up that cannot be a target."""
    _, event = cohorts[0].schema.follow_up
    try:
        level = event_of(cohorts[0], event)
    except NotApplicable as unknown:
        raise _refused(unknown.reason, f"levels {', '.join(map(repr, event.levels or ()))}", "Set positive.") from None
    schema = cohorts[0].schema.with_variables([event.model_copy(update={"positive": level})])
    return tuple(_checked(Cohort(c.table, schema, c.provenance, c.blocks)) for c in cohorts)


def _checked(cohort: Cohort) -> Cohort:
    time, event = cohort.schema.follow_up
    missing, early = int(np.isnan(cohort.y).sum()), int((cohort.coded((time,)) <= 0).sum())
    if missing:
        fix = "Fill them in, or leave those rows out and report how many: drop_missing_target (true in a study.toml)."
        raise _refused(f"{time.name} and {event.name} in every row", f"one of them missing in {missing} rows", fix)
    if early:
        fix = "Correct them: nobody was followed for no time. For an event on the first day say half a day."
        raise _refused(f"times above 0 in {time.name}", f"{early} of 0 or less", fix)
    if len(cohort) > cohort.n_subjects:
        found = f"{len(cohort)} rows of {cohort.n_subjects} patients"
        raise _refused("one row for each patient", found, "Keep the first visit of each, from which time is counted.")
    return cohort


def with_times(cohort: Cohort, settings: Settings) -> Settings:
    """The settings with the times at which predicted curves are judged. Raises ``BadInput`` for a time beyond which
    nobody is followed."""
    last = float(np.abs(cohort.y).max())
    if settings.times and settings.times[-1] >= last:
        raise BadInput(
            expected=f"times before {last:g}, the longest follow-up",
            found=f"{settings.times[-1]:g}",
            fix="Leave out those at which nobody is left.",
        )
    return settings.model_copy(update={"times": settings.times or evenly(cohort.y)})


def _refused(expected: str, found: str, fix: str) -> BadInput:
    return BadInput(expected=f"follow-up that can be a target: {expected}", found=found, fix=fix)
