"""Small pictures of one image and of its copies."""

from __future__ import annotations

import numpy as np

from fewfold.data.blocks.image import Array, Image
from fewfold.methods.transforms.base import Transform
from fewfold.study.image_audit.copies import Camera
from fewfold.study.thumbnail import thumbnail

SIDE = 128  # points, at most
TRIED = 8  # draws, of which the one that changes most is shown


def shown(image: Image, steps: list[Transform], camera: Camera) -> list[str]:
    """Copies of an image by one transform at several magnitudes, all with one draw: of a few the one that changes most
    at the last magnitude, since a draw near the middle of a range shows nothing."""
    changes = [_change(image, camera.copy(image, steps[-1], index)) for index in range(TRIED)]
    index = int(np.argmax(changes))
    return [shrunk(camera.copy(image, step, index), image, camera) for step in steps]


def shrunk(pixels: Array, image: Image, camera: Camera) -> str:
    """A small picture of an image or of a copy of it, on the scale of the image."""
    low, high = camera.range_of(image)
    return thumbnail(pixels, volume=image.volume, low=low, high=high, side=SIDE)


def _change(image: Image, copy: Array) -> float:
    if copy.shape != image.pixels.shape:
        return 0.0
    return float(np.abs(copy.astype(np.float64) - image.pixels).mean())
