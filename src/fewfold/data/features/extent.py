"""How much of an image a mask marks."""

from __future__ import annotations

from math import prod

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image

EXTENT = "extent"  # what its column is called


def extent(image: Image, mask: str) -> float:
    """The area or the volume that has any label of ``mask``: in square or cubic millimetres where the spacing is known,
    else in points. Raises ``BadInput`` for a name that no mask has."""
    if mask not in image.masks:
        raise BadInput(
            expected=f"a mask {mask} on each image",
            found=", ".join(image.masks) or "an image without masks",
            fix="Name a mask that all images have, or leave out the images that lack it.",
        )
    return float(np.count_nonzero(image.masks[mask]) * prod(image.spacing or (1.0,)))
