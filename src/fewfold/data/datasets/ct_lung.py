"""Patches of lung CT with tumours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.files import Files, obtain_files
from fewfold.data.datasets.variables import aside, outcome
from fewfold.data.schema import Schema

CARD = DataCard(
    name="ct_lung_patches",
    title="Patches of lung CT with tumours",
    kind="fetch",
    disease="non-small-cell lung cancer (not rare; for segmentation)",
    n=13,
    task="binary",
    outcome="whether tumour is in the patch (111 of 130), and the mask tumour on each, which is empty in 19",
    split_on="patient, presumed",
    traps="Which patient a patch is of was not recorded. Ten patches in a row are taken to be of one of 13 patients: "
    "the mean brightness varies between such tens more than chance would have it (share of the variance 0.37, where "
    "shuffled patches have 0.09, and 0.19 in one of a hundred). Values are scaled to 0 to 1, and are no Hounsfield "
    "units.",
    licence="CC BY-SA 4.0",
    citation="Antonelli et al., Nat Commun 2022;13:4128",
    doi=("10.1038/s41467-022-30695-9",),
    source="Medical Segmentation Decathlon, Task06 at 2 mm, through github.com/shizoda/data (from a mirror only)",
    modalities=("image",),
)
FILES = Files(folder="ct_lung_patches")
PATCHES_EACH = 10
SCHEMA = Schema(
    variables=(aside("patient", "patient, presumed", role="subject"), outcome("tumour", "tumour in the patch"))
)


def fetch_ct_lung_patches() -> Cohort:
    """130 patches of 48 x 48 pixels of 2 mm with the mask ``tumour``. From a mirror only. See ``CARD``."""
    with np.load(obtain_files(FILES) / "val_patches.npz", allow_pickle=False) as file:
        pixels, masks = file["images"][:, 0], file["labels"][:, 0]
    images = [
        Image(patch, spacing=(2.0, 2.0), modality="CT", masks={"tumour": mask})
        for patch, mask in zip(pixels, masks, strict=True)
    ]
    table = pd.DataFrame({"patient": np.arange(len(images)) // PATCHES_EACH + 1})
    table["tumour"] = pd.Categorical(masks.any(axis=(1, 2)).astype(int), categories=[0, 1])
    names = [f"patch {k + 1}" for k in range(len(images))]
    return Cohort.real(table, SCHEMA).with_block("image", Images.of(images, names))
