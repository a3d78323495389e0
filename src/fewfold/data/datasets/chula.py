"""Red cells in blood smears, thalassaemia and other disorders among them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fewfold.data.blocks.crops import crops_at
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.files import Files, Get, obtain_files
from fewfold.data.datasets.variables import aside, named
from fewfold.data.io.marks import POINT, marks_by_image
from fewfold.data.io.stored import Options, Stored
from fewfold.data.schema import Schema

CARD = DataCard(
    name="chula_rbc12",
    title="Red cells in blood smears, 13 types",
    kind="fetch",
    disease="thalassaemia and other disorders of red cells",
    n=170,
    task="multiclass",
    outcome="type of the cell (8,611 cells in 170 of the 706 published images): crops of 70 x 70 pixels; the images "
    "with a point on each cell where cells=False",
    split_on="image (which patient it is of was not released)",
    traps="The 170 images were chosen towards rare types: prevalence is not natural. All elliptocytes, and no other "
    "cell, lie in the 20 images from 713.jpg on, which are PNG under that extension, where the others are JPEG: a "
    "learner may tell them by the compression. Cells overlap, so that a crop shows its neighbours.",
    licence="MIT",
    citation="Naruenatthanaset et al., arXiv:2012.01321",
    source="github.com/Chula-PIC-Lab/Chula-RBC-12-Dataset",
    modalities=("image",),
)
TYPES = (
    *("normal", "macrocyte", "microcyte", "spherocyte", "target cell", "stomatocyte", "ovalocyte", "teardrop"),
    *("burr cell", "schistocyte", "uncategorised", "hypochromia", "elliptocyte"),
)
SIZE = 70


def _cells(get: Get, names: list[str]) -> bytes:
    numbers = sorted(int(name[7:-4]) for name in names if name.startswith("images/"))
    lines = ["image,x,y,type"]
    for number in numbers:
        told = get(f"Label/{number}.txt").decode("ascii").split("\n")
        lines += [f"{number}.jpg,{','.join(line.split())}" for line in told if line.strip()]
    return ("\r\n".join(lines) + "\r\n").encode()


FILES = Files(
    folder="chula_rbc12",
    origin="https://raw.githubusercontent.com/Chula-PIC-Lab/Chula-RBC-12-Dataset/"
    "fa130f48135d79bbd69f8e540b533511017d6896",
    places={"images": "Dataset"},
    tables={"cells.csv": _cells},
)
_IMAGE = aside("image", "file of the image", role="subject")
SCHEMA = Schema(
    variables=(
        _IMAGE,
        aside("x", "column of the middle"),
        aside("y", "row of the middle"),
        named("type", "type of the cell", TYPES, role="target"),
    )
)


def fetch_chula_rbc12(*, cells: bool = True, size: int = SIZE) -> Cohort:
    """8,611 cells in 170 images, a crop of ``size`` pixels each; or the images with their points. See ``CARD``."""
    folder = obtain_files(FILES)
    frame = pd.read_csv(folder / "cells.csv").assign(label=lambda table: table["type"].map(lambda code: TYPES[code]))
    points = marks_by_image(frame, POINT, folder / "cells.csv")
    options = Options(by_content=True)
    entries = [Stored.opened(name, [folder / "images" / name], options=options) for name in points]
    images = Images(tuple(entry.marked(None, points[entry.name]) for entry in entries))
    if not cells:
        table = pd.DataFrame({"image": images.names})
        return Cohort.real(table, Schema(variables=(_IMAGE,))).with_block("image", images)
    crops = crops_at(images, size, around="points")
    middles = np.concatenate([entry.points.at for entry in images.entries if entry.points is not None])
    table = pd.DataFrame(
        {"image": np.array(images.names, dtype=object)[crops.rows], "x": middles[:, 1], "y": middles[:, 0]}
    )
    table["type"] = pd.Categorical(crops.labels, categories=TYPES)
    return Cohort.real(table, SCHEMA).with_block("image", crops.images)
