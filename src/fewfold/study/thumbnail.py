"""A small picture for a page."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import numpy as np

from fewfold.core.optional import require
from fewfold.data.blocks.image import Array

OUTLINE = (255, 196, 0)


def thumbnail(pixels: Array, *, volume: bool, low: float, high: float, side: int, mask: Array | None = None) -> str:
    """A PNG in base64, ``side`` points long at most; of a volume the slice in the middle. ``low`` is black, ``high``
    white; the labels of ``mask`` are outlined. Raises ``MissingExtra`` without the imaging extra."""
    pillow = require("PIL.Image", extra="imaging")
    plane = pixels[len(pixels) // 2] if volume else pixels
    if plane.ndim == 3 and plane.shape[-1] != 3:
        plane = plane[..., 0]
    grey = np.clip((plane.astype(np.float64) - low) / (high - low) * 255 + 0.5, 0, 255).astype(np.uint8)
    picture, stream = pillow.fromarray(grey), BytesIO()
    picture.thumbnail((side, side))
    if mask is not None:
        picture = pillow.fromarray(
            _outlined(np.asarray(picture.convert("RGB")), mask[len(mask) // 2] if volume else mask)
        )
    picture.save(stream, "PNG")
    return b64encode(stream.getvalue()).decode()


def _outlined(picture: Array, mask: Array) -> Array:
    """(rows, columns, 3) the picture, with the points of each label that have a neighbour of another one in colour.
    ``mask`` may have more points."""
    rows, columns = (np.arange(n) * whole // n for n, whole in zip(picture.shape[:2], mask.shape, strict=True))
    marks = mask[np.ix_(rows, columns)]
    around = np.pad(marks, 1, mode="edge")
    sides = (around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:])
    edge = (marks != 0) & np.logical_or.reduce([side != marks for side in sides])
    return np.where(edge[..., None], np.array(OUTLINE, dtype=np.uint8), picture)
