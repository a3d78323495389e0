"""Small cohorts that come with lifelines."""

from __future__ import annotations

from fewfold.core.optional import require
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.variables import days, flag, number, outcome, whole
from fewfold.data.horizon import event_by
from fewfold.data.schema import Schema

LUPUS = DataCard(
    name="lupus",
    title="Systemic lupus erythematosus, 1949 to 1954",
    kind="load",
    disease="systemic lupus erythematosus",
    n=72,
    task="binary",
    outcome="death within a year of the diagnosis (22). Of 99 patients 27 are left out: follow-up ended before.",
    traps="More than a quarter has no outcome, so that death looks more frequent than it was. Transcribed from the "
    "article by the authors of lifelines, who warn of differences.",
    licence="MIT (lifelines)",
    citation="Merrell and Shulman, J Chronic Dis 1955;1:12",
    doi=("10.1016/0021-9681(55)90018-7",),
    source="lifelines.datasets.load_lupus",
)
LEUKEMIA = DataCard(
    name="leukemia",
    title="Acute leukaemia in remission, 6-mercaptopurine against placebo",
    kind="load",
    disease="acute leukaemia",
    n=38,
    task="binary",
    outcome="relapse within 12 weeks (22). Of 42 patients 4 are left out: follow-up ended before.",
    traps="Small.",
    licence="MIT (lifelines)",
    citation="Freireich et al., Blood 1963;21:699",
    source="lifelines.datasets.load_leukemia",
)
G3 = DataCard(
    name="g3",
    title="Glioma of grade III, radioimmunotherapy against none",
    kind="load",
    disease="glioma of grade III",
    n=16,
    task="binary",
    outcome="death within 3 years (5). Of 17 patients 1 is left out: follow-up ended before.",
    traps="Too small for any claim. Not randomised.",
    licence="MIT (lifelines)",
    citation="Grana et al., Br J Cancer 2002;86:207",
    doi=("10.1038/sj.bjc.6600047",),
    source="lifelines.datasets.load_g3",
)


def load_lupus() -> Cohort:
    """99 patients less 27 without an outcome: death within a year. Needs the extra ``survival``. See ``LUPUS``."""
    raw = _lifelines().load_lupus().reset_index(drop=True)
    frame = raw[["dead", "is_male", "is_white", "age_at_diagnosis"]].astype(float)
    frame["months_from_onset"] = raw["time_elapsed_between_estimated_onset_and_diagnosis_(months)"]
    frame["years"] = raw["time_between_diagnosis_and_last_observation_(years)"]
    frame["death_1y"] = event_by(frame, "years", "dead", 1)
    schema = Schema(
        variables=(
            flag("dead", "1 dead", role="event"),
            flag("is_male", "sex: 1 male", role="sensitive"),
            flag("is_white", "ethnic group: 1 white", role="sensitive"),
            whole("age_at_diagnosis", "age at diagnosis", "a"),
            whole("months_from_onset", "time from the estimated onset to the diagnosis", "mo"),
            days("years", "years from the diagnosis to the last observation", unit="a"),
            outcome("death_1y", "death within a year"),
        )
    )
    return conform(frame, schema, drop_missing_target=True)


def load_leukemia() -> Cohort:
    """42 patients less 4 without an outcome: relapse within 12 weeks. Needs ``survival``. See ``LEUKEMIA``."""
    frame = _lifelines().load_leukemia()
    frame = frame.assign(relapse_12w=event_by(frame, "t", "status", 12))
    schema = Schema(
        variables=(
            days("t", "weeks from remission to relapse or the end of follow-up", unit="wk"),
            flag("status", "1 relapse", role="event"),
            flag("sex", "sex: 1 male", role="sensitive"),
            number("logWBC", "logarithm of the white blood cell count", low=None),
            flag("Rx", "treatment: 1 placebo, 0 6-mercaptopurine"),
            outcome("relapse_12w", "relapse within 12 weeks"),
        )
    )
    return conform(frame, schema, drop_missing_target=True)


def load_g3() -> Cohort:
    """17 patients less 1 without an outcome: death within 3 years. Needs the extra ``survival``. See ``G3``."""
    frame = _lifelines().load_g3().drop(columns=["no.", "histology"])
    frame = frame.assign(event=frame["event"].astype(int))
    frame = frame.assign(death_3y=event_by(frame, "time", "event", 36))
    schema = Schema(
        variables=(
            whole("age", "age", "a"),
            flag("sex", "sex", ("Female", "Male"), role="sensitive"),
            flag("group", "treatment: RIT radioimmunotherapy", ("Control", "RIT")),
            flag("event", "1 dead", role="event"),
            days("time", "months to death or the end of follow-up", unit="mo"),
            outcome("death_3y", "death within 3 years"),
        )
    )
    return conform(frame, schema, drop_missing_target=True)


def _lifelines() -> Frame:
    return require("lifelines.datasets", extra="survival")
