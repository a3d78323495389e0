"""Small pictures of one image and of its copies."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import numpy as np

from fewfold.core.optional import require
from fewfold.data.blocks.image import Array, Image
from fewfold.methods.transforms.base import Transform
from fewfold.study.image_audit.copies import Camera

SIDE = 128  # points, at most
TRIED = 8  # draws, of which the one that changes most is shown


def shown(image: Image, steps: list[Transform], camera: Camera) -> list[str]:
    """Copies of an image by one transform at several magnitudes, all with one draw: of a few the one that changes most
    at the last magnitude, since a draw near the middle of a range shows nothing."""
    changes = [_change(image, camera.copy(image, steps[-1], index)) for index in range(TRIED)]
    index = int(np.argmax(changes))
    return [thumbnail(camera.copy(image, step, index), image, camera) for step in steps]


def thumbnail(pixels: Array, image: Image, camera: Camera) -> str:
    """A PNG in base64; of a volume the slice in the middle."""
    pil = require("PIL.Image", extra="imaging")
    low, high = camera.range_of(image)
    plane = pixels[len(pixels) // 2] if image.volume else pixels
    if plane.ndim == 3 and plane.shape[-1] != 3:
        plane = plane[..., 0]
    grey = np.clip((plane.astype(np.float64) - low) / (high - low) * 255 + 0.5, 0, 255).astype(np.uint8)
    picture, stream = pil.fromarray(grey), BytesIO()
    picture.thumbnail((SIDE, SIDE))
    picture.save(stream, "PNG")
    return b64encode(stream.getvalue()).decode()


def _change(image: Image, copy: Array) -> float:
    if copy.shape != image.pixels.shape:
        return 0.0
    return float(np.abs(copy.astype(np.float64) - image.pixels).mean())
