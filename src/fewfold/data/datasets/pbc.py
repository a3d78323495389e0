"""Primary biliary cholangitis: the randomised patients of the Mayo Clinic trial of 1974 to 1984."""

from __future__ import annotations

from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.download import Origin, obtain
from fewfold.data.datasets.variables import aside, days, flag, graded, named, number, outcome, whole
from fewfold.data.horizon import event_by
from fewfold.data.schema import Schema

CARD = DataCard(
    name="pbc",
    title="Primary biliary cholangitis, randomised patients",
    kind="fetch",
    disease="primary biliary cholangitis",
    n=299,
    task="binary",
    outcome="death within 3 years (59). Of 312 randomised patients 13 are left out: 8 transplanted and 5 lost before "
    "3 years. A transplant counts as the end of follow-up, not as an event.",
    split_on="id (one row a patient)",
    traps="The file also holds 106 patients who were not randomised; most of their laboratory values are missing, and "
    "they are not used here.",
    licence="LGPL-2.0-or-later (R package survival)",
    citation="Therneau and Grambsch, Modeling Survival Data, Springer 2000",
    doi=("10.1007/978-1-4757-3294-8",),
    source="R package survival, through Rdatasets",
)
ORIGIN = Origin(
    path="pbc/pbc.csv",
    sha256="22935c05fc18d30d6bae0ecbfcd5c32c6dca98835662913b83e19724672368aa",
    content="9fe943d33e2304b33b02c641efb52ced9d9d0923cdf72c7a1fd3de0d04593697",
    url="https://raw.githubusercontent.com/vincentarelbundock/Rdatasets/"
    "1dcc2bf5f955cc1224a3e1307256e1fe86b68dae/csv/survival/pbc.csv",
)
SCHEMA = Schema(
    variables=(
        aside("id", "patient", role="subject"),
        days("time", "days from registration to death, transplant or the end of follow-up"),
        named("status", "0 censored, 1 transplanted, 2 dead", (0, 1, 2), role="event"),
        flag("trt", "treatment: 1 D-penicillamine, 2 placebo", (1, 2)),
        number("age", "age", "a"),
        flag("sex", "sex", ("m", "f"), role="sensitive"),
        flag("ascites", "ascites"),
        flag("hepato", "enlarged liver"),
        flag("spiders", "spider naevi"),
        graded("edema", "oedema: 0 none, 0.5 untreated or resolved by diuretics, 1 despite diuretics", (0.0, 0.5, 1.0)),
        number("bili", "bilirubin", "mg/dL"),
        number("chol", "cholesterol", "mg/dL"),
        number("albumin", "albumin", "g/dL"),
        number("copper", "copper in urine", "ug/d"),
        number("alk.phos", "alkaline phosphatase", "U/L"),
        number("ast", "aspartate aminotransferase", "U/mL"),
        number("trig", "triglycerides", "mg/dL"),
        whole("platelet", "platelets", "10*3/uL"),
        number("protime", "prothrombin time", "s"),
        graded("stage", "histologic stage", (1, 2, 3, 4)),
        outcome("death_3y", "death within 3 years"),
    )
)


def fetch_pbc() -> Cohort:
    """312 randomised patients less 13 without an outcome: death within 3 years. See ``CARD``."""
    frame = obtain(ORIGIN)
    frame = frame[frame["trt"].notna()]
    frame = frame.assign(death_3y=event_by(frame, "time", "status", 3 * 365.25, event_values=2))
    return conform(frame, SCHEMA, drop_missing_target=True)
