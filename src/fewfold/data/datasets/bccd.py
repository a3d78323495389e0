"""Blood cells with boxes."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pandas as pd

from fewfold.data.blocks.crops import crops_at
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.files import Files, Get, obtain_files
from fewfold.data.datasets.variables import aside, named
from fewfold.data.io.marks import BOX, marks_by_image
from fewfold.data.io.stored import Stored
from fewfold.data.schema import Schema

CARD = DataCard(
    name="bccd",
    title="Blood cells with boxes",
    kind="fetch",
    disease="none (blood cells of healthy people; for detection)",
    n=120,
    task="multiclass",
    outcome="red cell, white cell or platelets (1,870 boxes on the first 120 of 364 images): crops of 112 x 112 pixels "
    "around the middle of each box; the images with their boxes where cells=False",
    split_on="image (which person it is of was not released)",
    traps="Not a rare disease. Boxes touch the edge of the image where cells do. A crop of one size does not show all "
    "of a white cell, and shows the neighbours of platelets.",
    licence="MIT",
    citation="github.com/Shenggan/BCCD_Dataset (cosmicad, akshaylamba)",
    source="github.com/Shenggan/BCCD_Dataset",
    modalities=("image",),
)
CELLS = ("RBC", "WBC", "Platelets")
SIZE = 112
_ENDS = ("xmin", "ymin", "xmax", "ymax")


def _boxes(get: Get, names: list[str]) -> bytes:
    lines = ["image,xmin,ymin,xmax,ymax,label"]
    for name in sorted(name[7:-4] for name in names if name.startswith("images/")):
        for found in ElementTree.fromstring(get(f"BCCD/Annotations/{name}.xml")).iter("object"):
            ends = ",".join(str(found.findtext(f"bndbox/{end}")) for end in _ENDS)
            lines.append(f"{name}.jpg,{ends},{found.findtext('name')}")
    return ("\r\n".join(lines) + "\r\n").encode()


FILES = Files(
    folder="bccd",
    origin="https://raw.githubusercontent.com/Shenggan/BCCD_Dataset/d272fb14cdff6e473fafeeeba32aba5f560e9e43",
    places={"images": "BCCD/JPEGImages"},
    tables={"boxes.csv": _boxes},
)
_IMAGE = aside("image", "file of the image", role="subject")
SCHEMA = Schema(variables=(_IMAGE, named("cell", "kind of the cell", CELLS, role="target")))


def fetch_bccd(*, cells: bool = True, size: int = SIZE) -> Cohort:
    """1,870 cells in 120 images, a crop of ``size`` pixels each; or the images with their boxes. See ``CARD``."""
    folder = obtain_files(FILES)
    frame = pd.read_csv(folder / "boxes.csv")
    frame[["xmin", "ymin"]] -= 1  # Pascal VOC counts from 1, and the last point is inside
    boxes = marks_by_image(frame, BOX, folder / "boxes.csv")
    entries = [Stored.opened(name, [folder / "images" / name]).marked(own, None) for name, own in boxes.items()]
    images = Images(tuple(entries))
    if not cells:
        table = pd.DataFrame({"image": images.names})
        return Cohort.real(table, Schema(variables=(_IMAGE,))).with_block("image", images)
    crops = crops_at(images, size, around="boxes")
    table = pd.DataFrame({"image": np.array(images.names, dtype=object)[crops.rows]})
    table["cell"] = pd.Categorical(crops.labels, categories=CELLS)
    return Cohort.real(table, SCHEMA).with_block("image", crops.images)
