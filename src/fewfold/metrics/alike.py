"""How alike two images are, whichever way round they lie and whatever part of one the other shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.data.blocks.images import Images
from fewfold.data.features.averaged import averaged
from fewfold.data.features.scaled import scaled

GRID = {2: 24, 3: 12}  # points along each axis that images are compared at; chosen here
LEAST = 3 / 4  # of each axis that both show

Singles = npt.NDArray[np.float32]


def reduced(images: Images) -> Floats:
    """(n, 24, 24) pictures or (n, 12, 12, 12) volumes, the channels averaged. Raises ``BadInput`` for a mixture."""
    axes = {len(header.grid) for header in images.headers}
    if len(axes) > 1:
        raise BadInput(
            expected="pictures or volumes", found="both in one block", fix="Compare the pictures, then the volumes."
        )
    small = []
    for image in images:
        values, grid = scaled(image), len(image.grid)
        grey = values if values.ndim == grid else values.mean(axis=-1)
        small.append(averaged(grey, (GRID[grid],) * grid))
    return np.stack(small)


def symmetries(values: Floats, axes: int) -> list[Floats]:
    """The first axes of an image in all eight ways: turned by quarters and mirrored in a plane, mirrored along each
    axis in a volume."""
    if axes == 2:
        turned = [np.rot90(values, k) for k in range(4)]
        return turned + [np.flip(each, 0) for each in turned]
    ways = product((False, True), repeat=axes)
    return [np.flip(values, tuple(k for k, mirrored in enumerate(way) if mirrored)) for way in ways]


def alike(images: Floats, among: Floats) -> Singles:
    """(n, m) how alike each of ``images`` (n, 24, 24) or (n, 12, 12, 12) is to each of ``among``: the largest
    normalised cross-correlation over the eight symmetries, over the parts of the other image that it may show, three
    quarters of each axis or more, and over translations by up to an eighth. Computed in single precision and rounded to
    five decimals, so that ties are ties. 0 for an image of one value."""
    axes, size = images.ndim - 1, images.shape[1]
    best = np.full((len(images), len(among)), -1.0, dtype=np.float32)
    for pieces in _pieces(images):
        side = pieces.shape[1]
        every = np.moveaxis(pieces, 0, -1)  # turned together
        ways = np.concatenate([np.moveaxis(way, -1, 0) for way in symmetries(every, axes)])
        wanted = _normal(ways)
        for corner in product(range(size - side + 1), repeat=axes):
            window = among[(slice(None), *(slice(start, start + side) for start in corner))]
            found = wanted @ _normal(window).T
            np.maximum(best, found.reshape(-1, *best.shape).max(axis=0), out=best)
    rounded: Singles = np.round(best, 5)
    return rounded


def _pieces(images: Floats) -> Iterator[Floats]:
    """What is looked for: all of an image as the part of a larger one, at each scale, and the middle of it as it is."""
    axes, size = images.ndim - 1, images.shape[1]
    least = round(size * LEAST)
    stacked = np.moveaxis(images, 0, -1)
    for side in range(size, least - 1, -1):
        yield np.moveaxis(averaged(stacked, (side,) * axes), -1, 0)
    margin = (size - least) // 2
    yield images[(slice(None), *(slice(margin, margin + least),) * axes)]


def _normal(pieces: Floats) -> Singles:
    """(k, points) with mean 0 and length 1; zeros where all values are the same."""
    flat = pieces.reshape(len(pieces), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.sqrt((flat**2).sum(axis=1, keepdims=True))
    normal: Singles = (flat / np.where(length > 1e-6, length, np.inf)).astype(np.float32)
    return normal
