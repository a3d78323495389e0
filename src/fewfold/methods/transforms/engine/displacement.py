"""Displacements: what a point is moved by beyond an affine map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats
from fewfold.methods.transforms.engine.affine import Affine
from fewfold.methods.transforms.engine.lattice import Lattice

Degree = int  # 1 (linear) or 3 (cubic)


class Displacement(Protocol):
    """A field of displacements over places, in the units of the spacing."""

    def at(self, places: Floats) -> Floats:
        """(n, ...) displacements at (n, ...) places."""

    def mapped(self, affine: Affine) -> Displacement:
        """The field with each displacement sent through the linear part of ``affine``."""


@dataclass(frozen=True, slots=True, eq=False)
class ControlGrid:
    """A coarse grid of control points, between which B-splines of degree 1 or 3 interpolate or approximate.

    ``values``: (n, *size) displacements of the control points, at least four along each axis. ``origin``, ``spacing``:
    (n,) the place of the first control point, and how far they lie apart (negative where they run backwards).
    The field holds from the second to the last but one control point; beyond, it is that of the nearest place within.
    """

    values: Floats
    origin: Floats
    spacing: Floats
    degree: Degree = 3

    def at(self, places: Floats) -> Floats:
        """(n, ...) displacements at (n, ...) places."""
        from scipy.ndimage import map_coordinates

        n, size = len(self.values), self.values.shape[1:]
        column = (n,) + (1,) * (places.ndim - 1)
        index = (places - self.origin.reshape(column)) / self.spacing.reshape(column)
        index = np.clip(index, 1, np.reshape(size, column) - 2)
        return np.stack([map_coordinates(v, index, order=self.degree, prefilter=False) for v in self.values])

    def mapped(self, affine: Affine) -> ControlGrid:
        """The grid with each displacement sent through the linear part of ``affine``."""
        return ControlGrid(_through(affine, self.values), self.origin, self.spacing, self.degree)

    def placed(self, scale: Floats, shift: Floats) -> ControlGrid:
        """The field that has at x what this one has at scale * x + shift."""
        return ControlGrid(self.values, (self.origin - shift) / scale, self.spacing / scale, self.degree)


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """One displacement for each point of a lattice, and linear interpolation between them.

    ``values``: (n, *lattice.shape).
    """

    values: npt.NDArray[np.float32]
    lattice: Lattice

    def at(self, places: Floats) -> Floats:
        """(n, ...) displacements at (n, ...) places; beyond the lattice, those of its border."""
        from scipy.ndimage import map_coordinates

        index = self.lattice.to_indices(places)
        return np.stack([map_coordinates(v, index, order=1, mode="nearest", output=np.float64) for v in self.values])

    def mapped(self, affine: Affine) -> Dense:
        """The field with each displacement sent through the linear part of ``affine``."""
        return Dense(_through(affine, self.values).astype(np.float32), self.lattice)


def _through(affine: Affine, values: npt.NDArray[np.floating]) -> Floats:
    n = len(affine)
    sent: Floats = np.tensordot(np.array(affine)[:, :n], values, 1)
    return sent
