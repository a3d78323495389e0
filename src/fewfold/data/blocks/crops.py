"""Square pieces of pictures around points or boxes: one cell, one lesion, one row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Ints, Level
from fewfold.data.blocks.image import Header, Image, Marks
from fewfold.data.blocks.images import Entry, Images


@dataclass(frozen=True, eq=False)
class Crop:
    """``size`` rows and columns of a picture from ``corner`` on, masks with it. What lies beyond an edge is the mirror
    image of what lies before it; in masks it is 0."""

    name: str
    whole: Entry
    corner: tuple[int, int]
    size: int

    @property
    def header(self) -> Header:
        """That of the picture, with another size."""
        told = self.whole.header
        shape = (self.size, self.size, *told.shape[2:])
        return Header(shape, told.dtype, spacing=told.spacing, modality=told.modality, tag=told.tag)

    @property
    def boxes(self) -> Marks | None:
        """None: what lay on the picture does not move with a crop."""
        return None

    @property
    def points(self) -> Marks | None:
        """None, as for boxes."""
        return None

    def read(self) -> Image:
        """The crop. The last few pictures are kept, since crops of one follow each other."""
        whole: Any = self.whole
        image = _read(whole)
        rows, columns = (np.arange(start, start + self.size) for start in self.corner)
        lines, places = _mirrored(rows, image.grid[0])[:, None], _mirrored(columns, image.grid[1])
        beyond = ~(_within(rows, image.grid[0])[:, None] & _within(columns, image.grid[1]))
        masks = {name: np.where(beyond, 0, mask[lines, places]) for name, mask in image.masks.items()}
        pixels = image.pixels[lines, places]
        return Image(pixels, spacing=image.spacing, modality=image.modality, tag=image.tag, masks=masks)


def _mirrored(positions: Ints, extent: int) -> Ints:
    """Positions beyond an edge as the mirror has them; the edge itself is not repeated."""
    within = np.abs(positions)
    return np.where(within >= extent, 2 * (extent - 1) - within, within)


def _within(positions: Ints, extent: int) -> Bools:
    return (positions >= 0) & (positions < extent)


@lru_cache(maxsize=4)
def _read(entry: Any) -> Image:
    image: Image = entry.read()
    return image


@dataclass(frozen=True, eq=False)
class Crops:
    """One crop a mark: of which row of the block, what is on it, and its label."""

    rows: Ints
    images: Images
    labels: tuple[Level, ...]


def crops_at(images: Images, size: int, *, around: Literal["points", "boxes"]) -> Crops:
    """A crop of ``size`` rows and columns around each point, or around the middle of each box; no value is read.

    Raises ``BadInput`` for volumes, a size that a picture does not have, or where there are no marks.
    """
    rows: list[int] = []
    crops: list[Crop] = []
    labels: list[Level] = []
    for row, entry in enumerate(images.entries):
        marks: Marks | None = getattr(entry, around)
        if marks is None:
            continue
        if entry.header.volume or not 1 <= size <= min(entry.header.grid):
            raise BadInput(
                expected=f"pictures of at least {size} rows and columns",
                found=f"{entry.name} with {entry.header.grid}",
                fix="Choose a smaller size.",
            )
        middles = marks.at + 0.5 if around == "points" else marks.at.reshape(-1, 2, 2).mean(axis=1)
        for k, (y, x) in enumerate(middles):
            corner = (round(y - size / 2), round(x - size / 2))
            crops.append(Crop(f"{entry.name} {around} {k + 1}", entry, corner, size))
        rows += [row] * len(marks)
        labels += marks.labels
    if not crops:
        raise BadInput(expected=f"images with {around}", found="none", fix="Name a table of them.")
    return Crops(np.array(rows), Images(tuple(crops)), tuple(labels))
