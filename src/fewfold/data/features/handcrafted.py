"""All features of an image, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Floats, Frame
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.features.binary_patterns import binary_patterns
from fewfold.data.features.cooccurrence import cooccurrence
from fewfold.data.features.first_order import first_order
from fewfold.data.features.layout import layout
from fewfold.data.features.scaled import scaled
from fewfold.data.features.shape import shape
from fewfold.data.features.space import FeatureSpace, identity_of, range_text
from fewfold.data.features.wavelet import wavelet

VERSION = "1"  # another one where a feature is defined anew, added or left out


def handcrafted(
    image: Image,
    *,
    mask: str | None = None,
    value_range: tuple[float, float] | None = None,
    with_layout: bool = False,
) -> dict[str, float]:
    """Values, texture and, with a ``mask``, form of an image; of each channel where there are several.

    ``mask``: the name of the mask within which values and texture are read; the wavelet reads the whole image.
    ``value_range``: what counts as 0 to 1, as for :func:`~fewfold.data.features.scaled.scaled`. ``with_layout``: also
    where the image is brighter than elsewhere, which a turn or a reflection changes; the others do not tell sides.
    Raises ``BadInput`` for values that are not finite, an empty mask, and a name that no mask has.
    """
    inside = None if mask is None else _inside(image, mask)
    shares = scaled(image, value_range)
    told: dict[str, float] = {}
    for name, plane in _planes(shares, len(image.grid)):
        values = plane.ravel() if inside is None else plane[inside]
        parts = [first_order(values), cooccurrence(plane, inside), binary_patterns(plane, inside), wavelet(plane)]
        parts += [layout(plane)] if with_layout else []
        told |= {f"{name}{key}": value for part in parts for key, value in part.items()}
    if inside is not None:
        told |= {f"{mask}_{key}": value for key, value in shape(inside, image.spacing).items()}
    return told


@dataclass(frozen=True)
class Handcrafted(FeatureSpace):
    """The space of :func:`handcrafted` features; ``mask`` and ``value_range`` are those of it."""

    mask: str | None = None
    value_range: tuple[float, float] | None = None
    name = "handcrafted"

    @property
    def identity(self) -> str:
        """Name, version, mask and range of values."""
        return identity_of(self.name, VERSION, mask=self.mask or "none", range=range_text(self.value_range))

    def _coordinates(self, images: Images) -> Floats:
        table: Floats = feature_table(images, mask=self.mask, value_range=self.value_range).to_numpy()
        return table


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


def _planes(values: Floats, axes: int) -> list[tuple[str, Floats]]:
    if values.ndim == axes:
        return [("", values)]
    return [(f"c{k}_", values[..., k]) for k in range(values.shape[-1])]
