"""An image in a file, with the masks in other files and the boxes and points from tables that belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.data.blocks.geometry import same_affine, same_spacing
from fewfold.data.blocks.image import Array, Header, Image, Marks, mask_of_another_size, size
from fewfold.data.io import dicom_series
from fewfold.data.io.guard import MOST_VALUES
from fewfold.data.io.image import read_header, read_image


@dataclass(frozen=True)
class Options:
    """How files are read: see :func:`fewfold.data.io.folder.read_images`."""

    most_values: int = MOST_VALUES
    by_content: bool = False
    empty_masks: bool = False


@dataclass(frozen=True, eq=False)
class Stored:
    """An image that is read when asked for. ``paths``: its file, or the slices of a DICOM series."""

    name: str
    paths: tuple[Path, ...]
    header: Header
    masks: Mapping[str, Path] = field(default_factory=dict)
    boxes: Marks | None = None
    points: Marks | None = None
    options: Options = field(default_factory=Options)

    @classmethod
    def opened(
        cls, name: str, paths: Sequence[Path], masks: Mapping[str, Path] | None = None, options: Options | None = None
    ) -> Self:
        """Read the headers of an image and of its masks; its values are read later.

        Raises ``BadInput`` for what :func:`fewfold.data.io.image.read_header` refuses, and for a mask whose size,
        spacing or place is another.
        """
        options = options or Options()
        if len(paths) > 1:
            header = dicom_series.header(paths, Path(name), options.most_values)
        else:
            header = read_header(paths[0], most_values=options.most_values, by_content=options.by_content)
        for mask in (masks or {}).values():
            told = read_header(mask, most_values=options.most_values, by_content=options.by_content, labels=True)
            _check_mask(mask, told, header)
        return cls(name, tuple(paths), header, dict(masks or {}), options=options)

    def marked(self, boxes: Marks | None, points: Marks | None) -> Self:
        """The same with boxes and points. Raises ``BadInput`` for those that lie outside of the image."""
        for what, marks in (("boxes", boxes), ("points", points)):
            if marks is not None:
                _check_inside(what, marks, self.header, self.name)
        return replace(self, boxes=boxes, points=points)

    def read(self) -> Image:
        """The image with all that lies on it. Raises ``BadInput`` as :func:`fewfold.data.io.image.read_image` does, and
        for a mask without any label, unless ``options.empty_masks``."""
        options = self.options
        if len(self.paths) > 1:
            header, values = dicom_series.image(self.paths, Path(self.name), options.most_values)
            image = Image(values, True, header.spacing, header.affine, header.modality, header.tag)
        else:
            image = read_image(self.paths[0], most_values=options.most_values, by_content=options.by_content)
        masks = {name: self._mask(path) for name, path in self.masks.items()}
        return replace(image, masks=masks, boxes=self.boxes, points=self.points)

    def _mask(self, path: Path) -> Array:
        options = self.options
        mask = read_image(path, most_values=options.most_values, by_content=options.by_content, labels=True).pixels
        if not options.empty_masks and not mask.any():
            raise BadInput(
                expected=f"something marked in the mask {path.name}",
                found="0 everywhere",
                fix="Leave the image out, or say that masks may be empty: empty_masks=True.",
            )
        return mask


def _check_mask(path: Path, told: Header, header: Header) -> None:
    if told.grid != header.grid:
        raise mask_of_another_size(path.name, told.grid, header.grid)
    elsewhere = told.affine is not None and header.affine is not None and not same_affine(told.affine, header.affine)
    apart = told.spacing is not None and header.spacing is not None and not same_spacing(told.spacing, header.spacing)
    if elsewhere or apart:
        raise BadInput(
            expected=f"a mask {path.name} in the place of its image",
            found="another spacing" if apart else "another origin or direction of its axes",
            fix="Resample the mask onto its image, or copy the header if it is known to be wrong.",
        )


def _check_inside(what: str, marks: Marks, header: Header, name: str) -> None:
    axes = len(header.grid)
    numbers = 2 * axes if what == "boxes" else axes
    if marks.at.shape[1] != numbers:
        raise BadInput(
            expected=f"{what} with {numbers} numbers on {name}",
            found=str(marks.at.shape[1]),
            fix="Give x and y for pictures, and x, y and z for volumes.",
        )
    at = marks.at.reshape(-1, axes)
    outside = ((at < -1) | (at > np.array(header.grid) + 1)).any(axis=1)  # whoever counts from 1 is let through
    if outside.any():
        row = at[outside][0].tolist()
        raise BadInput(
            expected=f"{what} on {name}, which is {size(header.grid)}",
            found=f"{int(outside.sum())} outside, the first at {row}",
            fix="Check that they are in pixels of this image, and that rows and columns are not exchanged.",
        )
