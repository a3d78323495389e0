"""Cohorts too small for any claim: what a study must refuse."""

from __future__ import annotations

from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.download import Origin, obtain
from fewfold.data.datasets.variables import aside, flag, named, number, whole
from fewfold.data.schema import Schema, Variable

CUSHINGS = DataCard(
    name="cushings",
    title="Cushing syndrome",
    kind="fetch",
    disease="Cushing syndrome",
    n=21,
    task="multiclass",
    outcome="type: a adenoma (6), b bilateral hyperplasia (10), c carcinoma (5). Of 27 patients 6 are left out: their "
    "type is unknown.",
    traps="Too small for any claim.",
    licence="GPL-2.0-only OR GPL-3.0-only (R package MASS)",
    citation="Aitchison and Dunsmore, Statistical Prediction Analysis, Cambridge 1975",
    doi=("10.1017/CBO9780511569647",),
    source="R package MASS, through Rdatasets",
)
CUSHINGS_ORIGIN = Origin(
    path="tiny_endocrine_fap/cushings.csv",
    sha256="e4b06319ebe148b960865d38bb1184fad86edeebb18a45b6bf6965606f0221c1",
    content="16f28f566f3e86f014e5b565d3f6524db49311f28ff92343e8f4296a8a94959a",
    url="https://raw.githubusercontent.com/vincentarelbundock/Rdatasets/"
    "1dcc2bf5f955cc1224a3e1307256e1fe86b68dae/csv/MASS/Cushings.csv",
)
CUSHINGS_SCHEMA = Schema(
    variables=(
        number("Tetrahydrocortisone", "tetrahydrocortisone in urine", "mg/d"),
        number("Pregnanetriol", "pregnanetriol in urine", "mg/d"),
        named("Type", "type of the syndrome", ("a", "b", "c"), role="target"),
    )
)
POLYPS = DataCard(
    name="fap_polyps",
    title="Familial adenomatous polyposis, trial of sulindac",
    kind="fetch",
    disease="familial adenomatous polyposis",
    n=20,
    task="continuous",
    outcome="number of polyps after 12 months. Of 22 patients 2 are left out: it was not counted.",
    split_on="participant_id (one row a patient)",
    traps="Too small for any claim. The number after 3 months is no baseline feature.",
    licence="MIT (R package medicaldata)",
    citation="Giardiello et al., N Engl J Med 1993;328:1313",
    doi=("10.1056/NEJM199305063281805",),
    source="R package medicaldata, through Rdatasets",
)
POLYPS_ORIGIN = Origin(
    path="tiny_endocrine_fap/fap_polyps.csv",
    sha256="c7a2162fd6af7145421cfb185bffba0997e5de4b69c5b3929d9e57a66959297e",
    content="2a3119ab1f30fc84ea3b9dc9207305a15e9d3bbef531481cfbf4ff16f1d1ccb9",
    url="https://raw.githubusercontent.com/vincentarelbundock/Rdatasets/"
    "1dcc2bf5f955cc1224a3e1307256e1fe86b68dae/csv/medicaldata/polyps.csv",
)
POLYPS_SCHEMA = Schema(
    variables=(
        aside("participant_id", "patient", role="subject"),
        flag("sex", "sex", ("female", "male"), role="sensitive"),
        whole("age", "age", "a"),
        whole("baseline", "polyps at entry"),
        flag("treatment", "treatment", ("placebo", "sulindac")),
        aside("number3m", "polyps after 3 months"),
        Variable(name="number12m", kind="integer", low=0, label="polyps after 12 months", role="target"),
    )
)


def fetch_cushings() -> Cohort:
    """27 patients less 6 of unknown type. See ``CUSHINGS``."""
    frame = obtain(CUSHINGS_ORIGIN)
    return conform(
        frame.assign(Type=frame["Type"].where(frame["Type"] != "u")), CUSHINGS_SCHEMA, drop_missing_target=True
    )


def fetch_fap_polyps() -> Cohort:
    """22 patients less 2 without a count after 12 months. See ``POLYPS``."""
    return conform(obtain(POLYPS_ORIGIN), POLYPS_SCHEMA, drop_missing_target=True)
