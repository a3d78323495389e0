"""A small picture for a page."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import numpy as np

from fewfold.core.optional import require
from fewfold.data.blocks.image import Array


def thumbnail(pixels: Array, *, volume: bool, low: float, high: float, side: int) -> str:
    """A PNG in base64, ``side`` points long at most; of a volume the slice in the middle. ``low`` is black, ``high``
    white. Raises ``MissingExtra`` without the imaging extra."""
    pillow = require("PIL.Image", extra="imaging")
    plane = pixels[len(pixels) // 2] if volume else pixels
    if plane.ndim == 3 and plane.shape[-1] != 3:
        plane = plane[..., 0]
    grey = np.clip((plane.astype(np.float64) - low) / (high - low) * 255 + 0.5, 0, 255).astype(np.uint8)
    picture, stream = pillow.fromarray(grey), BytesIO()
    picture.thumbnail((side, side))
    picture.save(stream, "PNG")
    return b64encode(stream.getvalue()).decode()
