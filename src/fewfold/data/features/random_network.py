"""What a network of random filters sees: a space that knows no other pictures, and that everybody can make anew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.features.averaged import averaged
from fewfold.data.features.scaled import scaled
from fewfold.data.features.space import FeatureSpace, identity_of, range_text

VERSION = "1"  # another one where anything below is changed
GRID = {2: 64, 3: 32}  # points along each axis of what is seen; chosen here, as are the filters
FILTERS = {2: (16, 32, 16), 3: (8, 16, 8)}  # of each layer
WIDTH = 3  # of a filter, along each axis
PARTS = 2  # along each axis, of which the last layer gives the mean


@dataclass(frozen=True)
class RandomNetwork(FeatureSpace):
    """Three layers of random filters: 64 coordinates. The first two layers are rectified and averaged over pairs of
    neighbours; of the last one the absolute values are averaged over the quarters of a picture or the eighths of a
    volume, so that no coordinate is silent for all images.

    Networks that were trained on photographs look for what photographs hold; one with random weights is no worse a
    judge of images that are not (Naeem et al. 2020, 10.48550/arXiv.2002.09797). Weights are uniform with the variance
    of He et al. 2015 (10.1109/ICCV.2015.123), drawn from the raw bits of a generator, so that they are the same
    everywhere. There are no constants to add; from the second layer on the weights of a filter add up to 0, since what
    it reads is never negative and it would else be silent, or always on. Images are brought to 64 x 64 or 32 x 32 x 32
    points by averaging, whatever their shape. ``axes``: 2 for pictures, 3 for volumes. ``channels``: of each image.
    ``value_range``: what counts as 0 to 1, as for :func:`~fewfold.data.features.scaled.scaled`.
    """

    seed: int = 0
    axes: int = 2
    channels: int = 1
    value_range: tuple[float, float] | None = None
    name = "random_network"

    @property
    def identity(self) -> str:
        """Name, version, settings, seed and the hash of the weights."""
        told = hashlib.sha256(b"".join(layer.tobytes() for layer in self.weights)).hexdigest()[:16]
        settings = {"axes": self.axes, "channels": self.channels, "range": range_text(self.value_range)}
        return identity_of(self.name, VERSION, **settings, seed=self.seed, weights=told)

    @cached_property
    def weights(self) -> tuple[Floats, ...]:
        """Of each layer (filters, channels x places), the places of a filter in the order of the axes."""
        bits, given = np.random.Philox(self.seed), self.channels
        layers: list[Floats] = []
        for filters in FILTERS[self.axes]:
            fan = given * WIDTH**self.axes
            drawn = (bits.random_raw(filters * fan) >> 40).astype(np.int64).reshape(filters, fan)
            middle = drawn.sum(axis=1, keepdims=True) if layers else fan * 2**23
            layers.append((drawn * fan - middle) * (2.0**-23 / fan) * np.sqrt(6.0 / fan))
            given = filters
        return tuple(layers)

    def _coordinates(self, images: Images) -> Floats:
        return np.stack([self._seen(image) for image in images])

    def _seen(self, image: Image) -> Floats:
        """(64,)"""
        values = scaled(image, self.value_range)
        grid = len(image.grid)
        values = values[..., None] if values.ndim == grid else values
        if grid != self.axes or values.shape[-1] != self.channels:
            raise BadInput(
                expected=f"images of {self.axes} axes and {self.channels} channels",
                found=f"one of {grid} axes and {values.shape[-1]} channels",
                fix="Give the space the axes and the channels that the images have.",
            )
        maps = averaged(values, (GRID[grid],) * grid)
        *first, last = self.weights
        for filters in first:
            maps = averaged(np.maximum(_filtered(maps, filters), 0.0), [size // 2 for size in maps.shape[:-1]])
        maps = np.abs(_filtered(maps, last))
        return averaged(maps, (PARTS,) * grid).ravel()


def _filtered(maps: Floats, filters: Floats) -> Floats:
    """(..., filters) from (..., channels): each point by its neighbourhood, the edge repeated beyond itself."""
    axes = tuple(range(maps.ndim - 1))
    padded = np.pad(maps, [(WIDTH // 2, WIDTH // 2)] * len(axes) + [(0, 0)], mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, (WIDTH,) * len(axes), axis=axes)
    points = around.reshape(prod(maps.shape[:-1]), filters.shape[1])
    out: Floats = (points @ filters.T).reshape(*maps.shape[:-1], len(filters))
    return out
