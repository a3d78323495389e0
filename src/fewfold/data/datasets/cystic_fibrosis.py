"""Cystic fibrosis: the randomised trial of rhDNase of 1992."""

from __future__ import annotations

import pandas as pd

from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.download import Origin, obtain
from fewfold.data.datasets.variables import aside, days, flag, number, outcome
from fewfold.data.horizon import event_by
from fewfold.data.schema import Schema

CARD = DataCard(
    name="rhdnase_cf",
    title="Cystic fibrosis, trial of rhDNase",
    kind="fetch",
    disease="cystic fibrosis",
    n=638,
    task="binary",
    outcome="intravenous antibiotics for an exacerbation within 22 weeks (235). Of 647 patients 9 are left out: their "
    "follow-up ended before. Courses that had begun at entry do not count.",
    split_on="id, or inst for new centres (51 centres of very unequal size)",
    traps="The published table has one row an exacerbation, so that the ill have more rows; here each patient has one. "
    "Two features only: expect little.",
    licence="LGPL-2.0-or-later (R package survival)",
    citation="Fuchs et al., N Engl J Med 1994;331:637",
    doi=("10.1056/NEJM199409083311003",),
    source="R package survival, through Rdatasets",
)
ORIGIN = Origin(
    path="rhdnase_cf/rhDNase.csv",
    sha256="13a7b13d9f3c892cecc11b6fcaa2890a55ae565a8350fe3daa2353d5b3b2da9f",
    content="4021bee1e82ff6425553beff8012036881427684ba2ccc306eb1ceb87ba0fb39",
    url="https://raw.githubusercontent.com/vincentarelbundock/Rdatasets/"
    "1dcc2bf5f955cc1224a3e1307256e1fe86b68dae/csv/survival/rhDNase.csv",
)
SCHEMA = Schema(
    variables=(
        aside("id", "patient", role="subject"),
        aside("inst", "centre", role="site"),
        flag("trt", "treatment: 1 rhDNase, 0 placebo"),
        number("fev", "forced expiratory volume at entry"),
        days("time", "days from entry to the first course of antibiotics, or the end of follow-up"),
        flag("antibiotics", "1 where that is a course of antibiotics", role="event"),
        outcome("antibiotics_22w", "intravenous antibiotics within 22 weeks"),
    )
)


def fetch_rhdnase_cf() -> Cohort:
    """647 patients of 51 centres less 9 without an outcome: antibiotics within 22 weeks. See ``CARD``."""
    frame = _first_course(obtain(ORIGIN))
    frame = frame.assign(antibiotics_22w=event_by(frame, "time", "antibiotics", 22 * 7))
    return conform(frame, SCHEMA, drop_missing_target=True)


def _first_course(courses: Frame) -> Frame:
    """One row a patient from one row a course."""
    begun = courses["ivstart"].where(courses["ivstart"] > 0)
    follow_up = (pd.to_datetime(courses["end.dt"]) - pd.to_datetime(courses["entry.dt"])).dt.days
    rows = courses[["id", "inst", "trt", "fev"]].assign(first=begun, end=follow_up)
    patients = rows.groupby("id", as_index=False).agg(
        {"inst": "first", "trt": "first", "fev": "first", "first": "min", "end": "first"}
    )
    time, had = patients["first"].fillna(patients["end"]), patients["first"].notna().astype(int)
    return patients[["id", "inst", "trt", "fev"]].assign(time=time, antibiotics=had)
