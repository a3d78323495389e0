"""Chest X-rays under open licences."""

from __future__ import annotations

import pandas as pd

from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.files import Files, obtain_files
from fewfold.data.datasets.variables import aside, flag
from fewfold.data.io.stored import Stored
from fewfold.data.schema import Schema, Variable

CARD = DataCard(
    name="cxr_open",
    title="Chest X-rays under open licences",
    kind="fetch",
    disease="COVID-19 in 69 of 75 (not rare)",
    n=54,
    task="binary",
    outcome="the projection: from behind (PA, 41) or from the front, lying (AP supine, 34). What was found is no "
    "target: all but six have COVID-19",
    split_on="patientid (54)",
    traps="Two patients have both projections, so the class is of the image. Whoever is lying is sicker: a model of "
    "the disease may learn the projection. Published teaching cases, resized to 512 pixels, with annotations in some.",
    licence="for each image, in the column license: CC BY, CC BY 3.0, CC BY 4.0 or CC BY-SA",
    citation="Cohen et al., arXiv:2003.11597",
    source="github.com/ieee8023/covid-chestxray-dataset (other sizes; from a mirror only)",
    modalities=("image",),
)
FILES = Files(folder="cxr_open")
PROJECTIONS = ("PA", "AP Supine")
SCHEMA = Schema(
    variables=(
        aside("filename", "file of the image"),
        aside("patientid", "patient", role="subject"),
        aside("finding", "what was found"),
        flag("sex", "sex", ("F", "M"), role="sensitive"),
        aside("age", "age"),
        Variable(
            name="view", kind="boolean", label="projection", levels=PROJECTIONS, positive="AP Supine", role="target"
        ),
        aside("license", "licence of the image"),
        aside("url", "where it was published"),
        aside("doi", "article"),
    )
)


def fetch_cxr_open() -> Cohort:
    """75 images of 54 patients. From a mirror only. See ``CARD``."""
    folder = obtain_files(FILES)
    cohort = conform(pd.read_csv(folder / "images.csv"), SCHEMA, several_classes=True)
    entries = [Stored.opened(name, [folder / "images" / name]) for name in cohort.table["filename"]]
    return cohort.with_block("image", Images(tuple(entries)))
