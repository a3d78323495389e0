"""Cancer of the larynx: 90 men of a Dutch hospital, 1970 to 1978."""

from __future__ import annotations

from fewfold.core.optional import require
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.download import Origin, obtain
from fewfold.data.datasets.variables import days, flag, graded, outcome, whole
from fewfold.data.horizon import event_by
from fewfold.data.schema import Schema

_OUTCOME = "death within 3 years (26). Of 90 patients 4 are left out: follow-up ended before."
_CITATION = "Kardaun, Statistica Neerlandica 1983;37:103; Klein and Moeschberger, Survival Analysis, 1997, section 1.8"
CARD = DataCard(
    name="larynx",
    title="Cancer of the larynx",
    kind="load",
    disease="cancer of the larynx",
    n=86,
    task="binary",
    outcome=_OUTCOME,
    traps="Two features only, age and stage. The times are in years.",
    licence="MIT (lifelines)",
    citation=_CITATION,
    doi=("10.1007/978-1-4757-2728-9",),
    source="lifelines.datasets.load_larynx",
)
FETCHED = DataCard(
    name="larynx_kmsurv",
    title="Cancer of the larynx, with the year of diagnosis",
    kind="fetch",
    disease="cancer of the larynx",
    n=86,
    task="binary",
    outcome=_OUTCOME,
    traps="The package says that times are in months. They are in years: year of diagnosis and time of those alive add "
    "up to 1980 or 1981.",
    licence="GPL-3.0-or-later (R package KMsurv)",
    citation=_CITATION,
    doi=("10.1007/978-1-4757-2728-9",),
    source="R package KMsurv, through Rdatasets",
)
ORIGIN = Origin(
    path="kmsurv_bmt/larynx.csv",
    sha256="6238bb557dad131194b9f3c91755e5a8fc90b1fa82c3cc740daf632a618b4ee5",
    content="394d7bab3a0ec38504882c410bfc8705b5bb44d76b3c39abe53009adccc40c0c",
    url="https://raw.githubusercontent.com/vincentarelbundock/Rdatasets/"
    "1dcc2bf5f955cc1224a3e1307256e1fe86b68dae/csv/KMsurv/larynx.csv",
)
_TIME = days("time", "years from the first treatment to death or the end of follow-up", unit="a")
_DEATH = flag("death", "1 dead", role="event")
_STAGE = graded("stage", "stage", (1, 2, 3, 4))
_AGE = whole("age", "age at diagnosis", "a")
_TARGET = outcome("death_3y", "death within 3 years")


def load_larynx() -> Cohort:
    """90 men less 4 without an outcome: death within 3 years. Needs the extra ``survival``. See ``CARD``."""
    frame = require("lifelines.datasets", extra="survival").load_larynx()
    stage = 1 + frame["Stage_II"] + 2 * frame["Stage_III"] + 3 * frame["Stage_IV"]
    return _cohort(
        frame[["time", "death", "age"]].assign(stage=stage), Schema(variables=(_TIME, _DEATH, _AGE, _STAGE, _TARGET))
    )


def fetch_larynx_kmsurv() -> Cohort:
    """The same men with the year of diagnosis. See ``FETCHED``."""
    year = whole("diagyr", "year of diagnosis, less 1900")
    frame = obtain(ORIGIN).rename(columns={"delta": "death"})
    return _cohort(frame, Schema(variables=(_STAGE, _TIME, _AGE, year, _DEATH, _TARGET)))


def _cohort(frame: Frame, schema: Schema) -> Cohort:
    frame = frame.assign(death_3y=event_by(frame, "time", "death", 3))
    return conform(frame, schema, drop_missing_target=True)
