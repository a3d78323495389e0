"""Where an image is brighter than elsewhere: what the other features leave out on purpose."""

from __future__ import annotations

from itertools import pairwise, product
from math import ceil, floor

import numpy as np

from fewfold.core.types import Floats

CELLS = 4  # along each axis


def layout(image: Floats) -> dict[str, float]:
    """The mean of each cell of a coarse grid, minus the mean of the image.

    ``image``: two or three axes. Four cells along each axis, in the order of the array; a point that a limit runs
    through belongs to both sides.
    """
    middle = float(image.mean())
    places = [_limits(extent) for extent in image.shape]
    return {
        "at_" + "_".join(map(str, cell)): float(
            image[tuple(slice(*places[axis][k]) for axis, k in enumerate(cell))].mean() - middle
        )
        for cell in product(range(CELLS), repeat=image.ndim)
    }


def _limits(extent: int) -> list[tuple[int, int]]:
    """First point of each cell, and the one after its last."""
    ends = np.linspace(0, extent, CELLS + 1)
    return [(floor(low), ceil(high)) for low, high in pairwise(ends)]
