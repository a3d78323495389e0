"""Values of an image as shares of a range."""

from __future__ import annotations

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Array, Image


def scaled(image: Image, value_range: tuple[float, float] | None = None) -> Floats:
    """The values of an image, in its shape, 0 at the lower end of a range and 1 at the upper one.

    ``value_range``: such as a window in Hounsfield units; where it is None, all that the type of whole numbers of 8
    bits can hold, and else the smallest and largest value of the image. Raises ``BadInput`` for values that are not
    finite.
    """
    low, high = _range(image.pixels) if value_range is None else value_range
    shares: Floats = (image.pixels.astype(np.float64) - low) / (high - low if high > low else 1.0)
    if not np.isfinite(shares).all():
        raise BadInput(
            expected="an image of finite numbers",
            found=f"{int((~np.isfinite(shares)).sum())} values that are not",
            fix="Fill them in, or mask them and crop.",
        )
    return shares


def _range(pixels: Array) -> tuple[float, float]:
    if pixels.dtype == np.uint8:
        return 0.0, 255.0
    return float(pixels.min()), float(pixels.max())
