"""Vessels of the retina in children."""

from __future__ import annotations

import pandas as pd

from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.files import Files, obtain_files
from fewfold.data.datasets.variables import aside, flag
from fewfold.data.io.stored import Stored
from fewfold.data.schema import Schema

CARD = DataCard(
    name="chase_db1",
    title="Vessels of the retina in children",
    kind="fetch",
    disease="none (healthy children; for segmentation)",
    n=14,
    task="none",
    outcome="the mask vessel, drawn by the first observer, on each of 28 pictures",
    split_on="child (both eyes of 14)",
    traps="The two eyes of a child are alike and mirrored. 14 children carry no claim on their own.",
    licence="CC BY 4.0 (as its publisher states; not read in a licence file)",
    citation="Fraz et al., IEEE Trans Biomed Eng 2012;59:2538",
    doi=("10.1109/TBME.2012.2205687",),
    source="github.com/zhengyuan-liu/Retinal-Vessel-Segmentation",
    modalities=("image",),
)
FILES = Files(
    folder="chase_db1",
    origin="https://raw.githubusercontent.com/zhengyuan-liu/Retinal-Vessel-Segmentation/"
    "ca8adaeb6d08009e8b543ec41c0f4ad0ea7bdd2a",
    places={"images": "CHASEDB1/images", "vessels": "CHASEDB1/labels1"},
)
SCHEMA = Schema(
    variables=(
        aside("image", "file of the picture"),
        aside("child", "number of the child", role="subject"),
        flag("eye", "left or right eye", ("L", "R")),
    )
)


def fetch_chase_db1() -> Cohort:
    """28 pictures of 14 children with the mask ``vessel``. See ``CARD``."""
    folder = obtain_files(FILES)
    names = sorted(name[7:] for name in FILES.sums if name.startswith("images/"))
    table = pd.DataFrame({"image": names, "child": [int(name[6:8]) for name in names]})
    table["eye"] = pd.Categorical([name[8] for name in names], categories=["L", "R"])
    entries = [
        Stored.opened(name, [folder / "images" / name], {"vessel": folder / "vessels" / f"{name[:-4]}_1stHO.png"})
        for name in names
    ]
    return Cohort.real(table, SCHEMA).with_block("image", Images(tuple(entries)))
