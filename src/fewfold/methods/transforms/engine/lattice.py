"""Where the points of an image lie in space."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fewfold.core.types import Floats


class Lattice(NamedTuple):
    """A regular lattice: the number of points along each axis of the array (channels are no axis), and their spacing.

    Places are told in units of the spacing (millimetres, say) from the centre of the lattice, in the order of the axes.
    """

    shape: tuple[int, ...]
    spacing: tuple[float, ...]

    @property
    def ndim(self) -> int:
        """2 for images, 3 for volumes."""
        return len(self.shape)

    @property
    def extent(self) -> tuple[float, ...]:
        """What the lattice covers along each axis."""
        return tuple(n * s for n, s in zip(self.shape, self.spacing, strict=True))

    def to_places(self, indices: Floats) -> Floats:
        """Places of array indices, both (ndim, ...)."""
        middle, spacing = self._columns(indices.ndim)
        return (indices - middle) * spacing

    def to_indices(self, places: Floats) -> Floats:
        """Array indices of places, both (ndim, ...)."""
        middle, spacing = self._columns(places.ndim)
        return places / spacing + middle

    def places(self) -> Floats:
        """(ndim, *shape) the place of every point."""
        return self.to_places(np.indices(self.shape, dtype=np.float64))

    def with_shape(self, shape: tuple[int, ...]) -> Lattice:
        """Another number of points, equally far apart."""
        return Lattice(shape, self.spacing)

    def _columns(self, ndim: int) -> tuple[Floats, Floats]:
        column = (self.ndim,) + (1,) * (ndim - 1)
        middle = (np.array(self.shape, dtype=np.float64) - 1) / 2
        return middle.reshape(column), np.array(self.spacing, dtype=np.float64).reshape(column)
