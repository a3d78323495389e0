"""Follow-up first, the covariates given it: a copula for times to an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.cards import ALL_TARGETS, MethodCard
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints, Level
from fewfold.data.cohort import Cohort, order_of_levels, table_from
from fewfold.data.scales import event_level
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import Drawn, Method
from fewfold.methods.generators import margins
from fewfold.methods.generators.gaussian_copula import GaussianCopula
from fewfold.methods.generators.time_to_event import TimeToEvent

FOLLOW_UP = "follow-up", "ended by"  # columns of the copula; the names of no variables can be in the way


class SurvivalCopula(Method):
    """How long a patient is followed and what ends it is drawn first, within each class of the target; then all other
    variables given both, from the class-conditional Gaussian copula.

    Events and censoring are modelled apart: a time to the event and a time to censoring are drawn from the smoothed
    Kaplan-Meier curve of each, and the earlier one is what is seen. So early censoring is not taken for survival, nor
    the end of the study for an event. Of competing events the cause is that of one of the five events at the nearest
    times. ``censored`` names the level of the event column at which follow-up ended without any event; by default 0,
    or of two levels the one that is not the event. A patient counts once, with the longest time. A cohort without a
    column of each role (``event_time``, ``event``) is drawn by the copula alone.
    """

    card = MethodCard(
        name="survival_copula",
        title="Survival copula",
        family="generator",
        summary="Draws time to event and time to censoring apart, then the other columns given both.",
        targets=ALL_TARGETS,
        min_subjects=5,
        may_destroy=("dependence that is not monotone", "interactions", "identities between columns"),
        cost="milliseconds",
        release="consortium",
        references=("10.1080/01621459.1958.10501452", "10.1007/0-387-28678-0"),
    )

    def __init__(self, *, pool_subjects: int = 20, censored: Level | None = None) -> None:
        self.pool_subjects = pool_subjects
        self.censored = censored

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        self.copula = GaussianCopula(pool_subjects=self.pool_subjects)
        self.strata: list[TimeToEvent] = []
        self.endings, self.decimals = np.empty(0), -1
        if not self.schema.follow_up:
            self.copula.fit(cohort, rng=rng)
            return
        time, event = self.schema.follow_up
        times, ended_by = cohort.coded((time, event)).T
        _check_times(times, time)
        self.endings = _endings(cohort, event, ended_by, self.censored)
        self.decimals = margins.decimals(times, time)
        causes = np.where(np.isnan(ended_by), np.nan, np.argmax(ended_by[:, None] == self.endings, axis=1))
        self.copula.fit(_with_follow_up(cohort, times, causes, len(self.endings)), rng=rng)
        ends = _last(cohort.subjects, times, ~np.isnan(times) & ~np.isnan(causes))
        if not len(ends):
            raise NotApplicable(f"no patient has both {time.name} and {event.name}")
        codes = cohort.y[ends] if self.class_counts else np.zeros(len(ends))
        for code in self.copula.codes:
            own = ends[codes == code] if (codes == code).any() else ends
            self.strata.append(TimeToEvent.of(times[own], causes[own].astype(np.int64) - 1))

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        if not self.strata:
            return self.copula._sample(labels, n, rng)
        follow_up = np.empty((n, 2))
        for c, code in enumerate(self.copula.codes):
            rows = np.arange(n) if labels is None else np.flatnonzero(labels == code)
            times, causes = self.strata[c].draw(len(rows), rng)
            follow_up[rows] = np.column_stack([times, causes + 1])
        if self.decimals >= 0:
            follow_up[:, 0] = np.round(follow_up[:, 0], self.decimals)
        drawn = self.copula.drawn(labels, n, rng, {0: follow_up[:, 0], 1: follow_up[:, 1]})
        follow_up[:, 1] = self.endings[follow_up[:, 1].astype(np.int64)]
        return Drawn(drawn.values[:, 2:], follow_up=follow_up)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays, state = self.copula._state()
        schema = self.copula.schema.model_dump(mode="json")
        packed = [stratum.arrays() for stratum in self.strata]
        more = {f"stratum-{c}-{name}": array for c, held in enumerate(packed) for name, array in held.items()}
        told = {"copula": state, "schema": schema, "strata": len(packed), "decimals": self.decimals}
        return {**arrays, **more, "endings": self.endings}, told

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.copula = GaussianCopula(pool_subjects=self.pool_subjects)
        self.copula.schema, self.copula.class_counts = Schema.model_validate(state["schema"]), self.class_counts
        self.copula._restore(arrays, state["copula"])
        self.endings, self.decimals = arrays["endings"], state["decimals"]
        kept = [f"stratum-{c}-" for c in range(state["strata"])]
        self.strata = [
            TimeToEvent.from_arrays({k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)})
            for start in kept
        ]


def _check_times(times: Floats, variable: Variable) -> None:
    impossible = int((times <= 0).sum())
    if impossible:
        raise BadInput(
            expected=f"times above 0 in {variable.name!r}",
            found=f"{impossible} of 0 or less",
            fix="Correct them, or leave those rows out: nobody was followed for no time.",
        )


def _endings(cohort: Cohort, event: Variable, ended_by: Floats, censored: Level | None) -> Floats:
    """(k,) the values of the event column, the one without any event first."""
    values = np.unique(ended_by[~np.isnan(ended_by)])
    levels = order_of_levels(event)
    if censored is None and event.discrete and any(isinstance(level, str) for level in levels):
        if len(levels) != 2:
            raise BadInput(
                expected=f"to know at which level of {event.name!r} follow-up ended without an event",
                found=f"{len(levels)} levels: {', '.join(map(repr, levels))}",
                fix=f"Pass censored={levels[0]!r}, for example.",
            )
        counts = [int((ended_by == code).sum()) for code in range(2)]
        happened = event.positive if event.positive is not None else event_level(levels, counts)
        none = float(levels.index(happened) == 0)
    else:
        asked = 0 if censored is None else censored
        if event.discrete and asked not in levels:
            raise BadInput(
                expected=f"levels of {event.name!r}: {', '.join(map(repr, levels))}",
                found=f"censored={asked!r}",
                fix="Name the level at which follow-up ended without an event.",
            )
        none = float(levels.index(asked)) if event.discrete else float(asked)
    return np.concatenate([[none], values[values != none]])


def _with_follow_up(cohort: Cohort, times: Floats, causes: Floats, endings: int) -> Cohort:
    """The cohort with its follow-up as two more features, before the others, and as nothing else."""
    levels = tuple(range(max(endings, 2)))
    more = [
        Variable(name=FOLLOW_UP[0], kind="numeric"),
        Variable(name=FOLLOW_UP[1], kind="boolean" if endings <= 2 else "categorical", levels=levels),
    ]
    columns = table_from(np.column_stack([times, causes]), more)
    aside = [variable.model_copy(update={"role": "ignore"}) for variable in cohort.schema.follow_up]
    schema = Schema(variables=(*more, *cohort.schema.with_variables(aside).variables))
    table = pd.DataFrame(columns, index=cohort.table.index).join(cohort.table)
    return replace(cohort, table=table, schema=schema)


def _last(subjects: Ints, times: Floats, known: Bools) -> Ints:
    """The row of the longest time of each patient, of those where the follow-up is known."""
    rows = np.flatnonzero(known)
    order = rows[np.lexsort((-times[rows], subjects[rows]))]
    first = np.unique(subjects[order], return_index=True)[1]
    return order[first]
