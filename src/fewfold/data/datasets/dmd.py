"""Carriers of Duchenne muscular dystrophy, told by serum markers."""

from __future__ import annotations

from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.download import Origin, obtain
from fewfold.data.datasets.variables import aside, number, whole
from fewfold.data.schema import Schema, Variable

CARD = DataCard(
    name="dmd_carriers",
    title="Carriers of Duchenne muscular dystrophy",
    kind="fetch",
    disease="Duchenne muscular dystrophy",
    n=125,
    task="binary",
    outcome="carrier (38 of 125 women, 75 of 209 samples)",
    split_on="woman: 50 gave two to seven samples",
    traps="HospID is the number of the sample, not of the woman: 16 of its values occur in both classes, on women up "
    "to 25 years apart in age, and a split on it leaks. OBS counts the samples of a woman, row by row; a new woman "
    "begins where it is 1. Carriers are older (mean 38 years against 29).",
    licence="GPL-2.0-or-later (R package ipred)",
    citation="Andrews and Herzberg, Data, Springer 1985",
    doi=("10.1007/978-1-4612-5098-2",),
    source="R package ipred, data/dystrophy.rda (a format of R; from a mirror only)",
)
ORIGIN = Origin(
    path="dmd_carriers/dystrophy.csv",
    sha256="9e34f4c69f67d7dd1f5bddfbb0f683d7d8aee050fc68892fd07f529a6d4530fc",
    content="42020cfc613a02400835c6a4438f14335380ba76f28cdb8868880c2de0f148a7",
    url=None,
)
SCHEMA = Schema(
    variables=(
        aside("woman", "woman, counted where OBS is 1", role="subject"),
        aside("OBS", "number of the sample of this woman"),
        aside("HospID", "number of the sample at the hospital"),
        whole("AGE", "age", "a"),
        aside("M", "month of the sample"),
        aside("Y", "year of the sample, less 1900"),
        number("CK", "creatine kinase"),
        number("H", "haemopexin"),
        number("PK", "pyruvate kinase"),
        number("LD", "lactate dehydrogenase"),
        Variable(
            name="Class",
            kind="boolean",
            label="carrier",
            levels=("normal", "carrier"),
            positive="carrier",
            role="target",
        ),
    )
)


def fetch_dmd_carriers() -> Cohort:
    """209 samples of 125 women: carrier or not. From a mirror only. See ``CARD``."""
    frame = obtain(ORIGIN)
    return conform(frame.assign(woman=(frame["OBS"] == 1).cumsum()), SCHEMA)
