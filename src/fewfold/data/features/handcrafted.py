"""All features of an image, by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Floats, Frame
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.features.binary_patterns import binary_patterns
from fewfold.data.features.cooccurrence import cooccurrence
from fewfold.data.features.first_order import first_order
from fewfold.data.features.layout import layout
from fewfold.data.features.shape import shape
from fewfold.data.features.wavelet import wavelet


def handcrafted(
    image: Image,
    *,
    mask: str | None = None,
    value_range: tuple[float, float] | None = None,
    with_layout: bool = False,
) -> dict[str, float]:
    """Values, texture and, with a ``mask``, form of an image; of each channel where there are several.

    ``mask``: the name of the mask within which values and texture are read; the wavelet reads the whole image.
    ``value_range``: what counts as 0 to 1, such as a window in Hounsfield units; where it is None, all that the type of
    whole numbers of 8 bits can hold, and else the smallest and largest value of the image. ``with_layout``: also where
    the image is brighter than elsewhere, which a turn or a reflection changes; the others do not tell sides. Raises
    ``BadInput`` for values that are not finite, an empty mask, and a name that no mask has.
    """
    inside = None if mask is None else _inside(image, mask)
    low, high = _range(image.pixels) if value_range is None else value_range
    scaled = (image.pixels.astype(np.float64) - low) / (high - low if high > low else 1.0)
    if not np.isfinite(scaled).all():
        raise BadInput(
            expected="an image of finite numbers",
            found=f"{int((~np.isfinite(scaled)).sum())} values that are not",
            fix="Fill them in, or mask them and crop.",
        )
    told: dict[str, float] = {}
    for name, plane in _planes(scaled, len(image.grid)):
        values = plane.ravel() if inside is None else plane[inside]
        parts = [first_order(values), cooccurrence(plane, inside), binary_patterns(plane, inside), wavelet(plane)]
        parts += [layout(plane)] if with_layout else []
        told |= {f"{name}{key}": value for part in parts for key, value in part.items()}
    if inside is not None:
        told |= {f"{mask}_{key}": value for key, value in shape(inside, image.spacing).items()}
    return told


def feature_table(images: Images, **how: Any) -> Frame:
    """A row of :func:`handcrafted` features for each image, as a ``pandas.DataFrame``; one is read at a time."""
    import pandas as pd

    return pd.DataFrame([handcrafted(entry.read(), **how) for entry in images.entries])


def _inside(image: Image, mask: str) -> Bools:
    if mask not in image.masks:
        raise BadInput(
            expected=f"a mask called {mask}", found=", ".join(image.masks) or "no mask", fix="Name one that there is."
        )
    inside: Bools = image.masks[mask] != 0
    if not inside.any():
        raise BadInput(expected=f"points in the mask {mask}", found="an empty mask", fix="Leave the image out.")
    return inside


def _range(pixels: np.ndarray[Any, np.dtype[Any]]) -> tuple[float, float]:
    if pixels.dtype == np.uint8:
        return 0.0, 255.0
    return float(pixels.min()), float(pixels.max())


def _planes(scaled: Floats, axes: int) -> list[tuple[str, Floats]]:
    if scaled.ndim == axes:
        return [("", scaled)]
    return [(f"c{k}_", scaled[..., k]) for k in range(scaled.shape[-1])]
