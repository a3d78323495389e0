"""An image or a volume, with all that moves when it moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats, Level
from fewfold.data.blocks.geometry import check_affine, same_spacing, spacing_of
from fewfold.data.tag import Tag

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Marks:
    """Points or boxes, each with a label, in the order of the axes of the array.

    Points are (n, axes) array indices. Boxes are (n, 2 * axes): the lower limits, then the upper ones, as in a slice:
    the box of the point i goes from i to i + 1.
    """

    at: Floats
    labels: tuple[Level, ...]

    def __post_init__(self) -> None:
        if self.at.ndim != 2:
            raise ValueError(f"points are (n, axes) and boxes (n, 2 * axes), not {self.at.shape}")
        if len(self.at) != len(self.labels):
            raise ValueError(f"{len(self.at)} marks have {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Header:
    """What is known of an image before its values are read.

    ``shape`` is (rows, columns), (rows, columns, channels) or, where ``volume``, (slices, rows, columns). ``spacing``:
    millimetres along each axis of ``grid``; ``affine``: see :mod:`fewfold.data.blocks.geometry`; each is None where the
    file does not say it. ``modality``: DICOM's code (CT, MR), where there is one. ``tag``: there where the file says
    that it was made and is no recording.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    volume: bool = False
    spacing: tuple[float, ...] | None = None
    affine: Floats | None = None
    modality: str | None = None
    tag: Tag | None = None

    @property
    def grid(self) -> tuple[int, ...]:
        """The shape without channels."""
        return self.shape[: 3 if self.volume else 2]


@dataclass(frozen=True, eq=False)
class Image:
    """Values with their geometry, and the masks, boxes and points that lie on them.

    ``pixels``: (rows, columns), (rows, columns, channels), or (slices, rows, columns) where ``volume``. ``masks``: by
    name, whole numbers on the same grid, 0 for nothing (a label map). The other fields are those of :class:`Header`;
    with an affine the spacing is that of the affine.
    """

    pixels: Array
    volume: bool = False
    spacing: tuple[float, ...] | None = None
    affine: Floats | None = None
    modality: str | None = None
    tag: Tag | None = None
    masks: Mapping[str, Array] = field(default_factory=lambda: MappingProxyType({}))
    boxes: Marks | None = None
    points: Marks | None = None

    def __post_init__(self) -> None:
        allowed = (3,) if self.volume else (2, 3)
        if self.pixels.ndim not in allowed:
            raise BadInput(
                expected="(slices, rows, columns)" if self.volume else "(rows, columns) or (rows, columns, channels)",
                found=f"an array of shape {self.pixels.shape}",
                fix="Hand in one image or volume at a time.",
            )
        axes = len(self.grid)
        if self.affine is not None:
            check_affine(self.affine, "an image")
            steps = spacing_of(self.affine)[-axes:]
            if self.spacing is not None and not same_spacing(self.spacing, steps):
                raise ValueError(f"the spacing is {self.spacing}, and {steps} by the affine")
            object.__setattr__(self, "spacing", steps)
        if self.spacing is not None and len(self.spacing) != axes:
            raise ValueError(f"a grid of {axes} axes has a spacing of {len(self.spacing)}")
        for name, mask in self.masks.items():
            if mask.shape != self.grid:
                raise mask_of_another_size(name, mask.shape, self.grid)
        for marks, numbers in ((self.boxes, 2 * axes), (self.points, axes)):
            if marks is not None and marks.at.shape[1] != numbers:
                raise ValueError(f"{marks.at.shape[1]} numbers a mark, not {numbers}, on a grid of {axes} axes")

    @property
    def grid(self) -> tuple[int, ...]:
        """The shape without channels."""
        return self.pixels.shape[: 3 if self.volume else 2]

    @property
    def header(self) -> Header:
        """All but the values and what lies on them."""
        return Header(
            self.pixels.shape, self.pixels.dtype, self.volume, self.spacing, self.affine, self.modality, self.tag
        )


def mask_of_another_size(name: str, found: tuple[int, ...], expected: tuple[int, ...]) -> BadInput:
    """The error for a mask that does not lie on its image."""
    return BadInput(
        expected=f"a mask {name} of the size of its image, {size(expected)}",
        found=size(found),
        fix="Draw the mask anew, or resample it onto its image; and check that it belongs to it.",
    )


def size(shape: tuple[int, ...]) -> str:
    """A shape as people write it."""
    return " x ".join(map(str, shape))
