"""Bone marrow transplantation for acute leukaemia at four hospitals."""

from __future__ import annotations

from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.download import Origin, obtain
from fewfold.data.datasets.variables import aside, days, flag, named, outcome, whole
from fewfold.data.horizon import event_by
from fewfold.data.schema import Schema

CARD = DataCard(
    name="bmt",
    title="Bone marrow transplantation for acute leukaemia",
    kind="fetch",
    disease="acute myeloid and acute lymphoblastic leukaemia",
    n=136,
    task="binary",
    outcome="relapse or death within a year (57). Of 137 patients 1 is left out: follow-up ended before.",
    split_on="row (one a patient), or z9 for new hospitals (four)",
    traps="ta, da, tc, dc, tp and dp become known after the transplant; as features they leak.",
    licence="GPL-3.0-or-later (R package KMsurv)",
    citation="Klein and Moeschberger, Survival Analysis, Springer 1997, section 1.3",
    doi=("10.1007/978-1-4757-2728-9",),
    source="R package KMsurv, through Rdatasets",
)
ORIGIN = Origin(
    path="kmsurv_bmt/bmt.csv",
    sha256="b52ab4b48386e2b3b734762ea135e2676424c41b9708173712223ef2391d5069",
    content="7af7a67312b2d320d76ed28c79ff0822b0d90961bc5c91e474e2f690ae272c6e",
    url="https://raw.githubusercontent.com/vincentarelbundock/Rdatasets/"
    "1dcc2bf5f955cc1224a3e1307256e1fe86b68dae/csv/KMsurv/bmt.csv",
)
SCHEMA = Schema(
    variables=(
        named("group", "1 lymphoblastic, 2 myeloid of low risk, 3 myeloid of high risk", (1, 2, 3)),
        aside("t1", "days to death or the end of follow-up"),
        days("t2", "days to relapse, death or the end of follow-up"),
        aside("d1", "1 dead"),
        aside("d2", "1 relapsed"),
        flag("d3", "1 relapsed or dead", role="event"),
        aside("ta", "days to acute graft-versus-host disease"),
        aside("da", "1 acute graft-versus-host disease"),
        aside("tc", "days to chronic graft-versus-host disease"),
        aside("dc", "1 chronic graft-versus-host disease"),
        aside("tp", "days to the recovery of platelets"),
        aside("dp", "1 platelets recovered"),
        whole("z1", "age of the patient", "a"),
        whole("z2", "age of the donor", "a"),
        flag("z3", "sex of the patient: 1 male", role="sensitive"),
        flag("z4", "sex of the donor: 1 male"),
        flag("z5", "patient has cytomegalovirus"),
        flag("z6", "donor has cytomegalovirus"),
        whole("z7", "days waited for the transplant", "d"),
        flag("z8", "myeloid, and grade 4 or 5 of the French-American-British classification"),
        aside("z9", "hospital", role="site"),
        flag("z10", "methotrexate against graft-versus-host disease"),
        outcome("failure_1y", "relapse or death within a year"),
    )
)


def fetch_bmt() -> Cohort:
    """137 patients of four hospitals less 1 without an outcome: relapse or death within a year. See ``CARD``."""
    frame = obtain(ORIGIN)
    frame = frame.assign(failure_1y=event_by(frame, "t2", "d3", 365.25))
    return conform(frame, SCHEMA, drop_missing_target=True)
