"""Magnetic resonance crops of the hippocampus."""

from __future__ import annotations

import pandas as pd

from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.files import Files, obtain_files
from fewfold.data.datasets.variables import aside
from fewfold.data.io.stored import Stored
from fewfold.data.schema import Schema

CARD = DataCard(
    name="hippocampus_mri",
    title="MRI crops of the hippocampus",
    kind="fetch",
    disease="none rare (healthy people and non-affective psychosis; for segmentation)",
    n=120,
    task="none",
    outcome="the mask hippocampus: 1 anterior, 2 posterior part, on each of 120 T1 volumes of about 35 x 50 x 35 mm",
    split_on="volume (one a person)",
    traps="Not a rare disease. 39 of the volumes hold 8-bit numbers, the others decimal ones, and their scales differ "
    "by orders of magnitude: standardise each volume. Sizes differ.",
    licence="CC BY-SA 4.0",
    citation="Antonelli et al., Nat Commun 2022;13:4128",
    doi=("10.1038/s41467-022-30695-9",),
    source="Medical Segmentation Decathlon, Task04, through github.com/udacity/nd320-c3-3d-imaging-starter",
    modalities=("volume",),
)
FILES = Files(
    folder="hippocampus_mri",
    origin="https://raw.githubusercontent.com/udacity/nd320-c3-3d-imaging-starter/"
    "895fee683624aafe2033521f4d9b6d99accd66d5",
    places={"images": "data/TrainingSet/images", "labels": "data/TrainingSet/labels"},
)
SCHEMA = Schema(variables=(aside("image", "file of the volume", role="subject"),))


def fetch_hippocampus_mri() -> Cohort:
    """120 volumes with the mask ``hippocampus``. See ``CARD``."""
    folder = obtain_files(FILES)
    names = sorted(name[7:] for name in FILES.sums if name.startswith("images/"))
    entries = [
        Stored.opened(name, [folder / "images" / name], {"hippocampus": folder / "labels" / name}) for name in names
    ]
    return Cohort.real(pd.DataFrame({"image": names}), SCHEMA).with_block("image", Images(tuple(entries)))
