"""What a scan does to computed tomography: every slice is projected, its rays are misread, and it is reconstructed."""

from __future__ import annotations

from abc import abstractmethod
from typing import final

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.methods.transforms.acquisition import axes_of
from fewfold.methods.transforms.base import Draw, Image, Transform
from fewfold.methods.transforms.engine.hounsfield import SOFT_TISSUE, scale_of
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.projection import Rays, Scanner
from fewfold.methods.transforms.engine.storage import Values

WATER = 0.0193  # attenuation per millimetre at 70 keV, by the tables of NIST, doi 10.18434/T4D01F
MOST = 3071.0  # Hounsfield units that 12 bits hold


class Tomography(Transform):
    """A transform of the rays of a parallel-beam scan. A subclass writes ``_draw`` and ``_misread``.

    Values are Hounsfield units, and the spacing is in millimetres. Those of 8 bits are read as a window of soft tissue,
    -160 to 240, and 0 as air. Slices lie along ``drawn["axis"]`` of a volume; each of them, and each channel, is
    scanned by itself: it is projected, and what the subclass says of the rays is reconstructed and added to it, so that
    where nothing is misread the image stays as it is. Nothing rises beyond 3071 Hounsfield units.
    """

    @abstractmethod
    def _misread(self, scanner: Scanner, density: Signal, place: float, drawn: Draw, rng: Rng) -> Rays | None:
        """By how much the path through water of each ray is misread, in mm; None where no ray is.

        ``density``: (rows, columns) the attenuation, that of water being 1. ``place``: where the slice lies from the
        middle of the volume, in mm. ``rng``: the same generator for all slices, from the seed on record, if there is
        one.
        """

    @final
    def _apply(self, image: Image, drawn: Draw) -> Image:
        from fewfold.methods.transforms.engine.resample import native

        values, own = native(image.values), image.lattice
        axis = drawn["axis"] if own.ndim == 3 else None
        shape, spacing = ([each for k, each in enumerate(of) if k != axis] for of in (own.shape, own.spacing))
        scanner = Scanner((int(shape[0]), int(shape[1])), (spacing[0], spacing[1]))
        rng = np.random.default_rng(drawn.get("seed", 0))
        made = values.reshape(*own.shape, -1).copy()
        slices = made[None] if axis is None else np.moveaxis(made, axis, 0)
        for k, channels in enumerate(slices):
            place = 0.0 if axis is None else (k - (len(slices) - 1) / 2) * own.spacing[axis]
            for plane in np.moveaxis(channels, -1, 0):
                rays = self._misread(scanner, _density(plane), place, drawn, rng)
                if rays is not None:
                    plane[...] = _added(plane, 1000 * scanner.reconstruct(rays))
        return image._replace(values=made.reshape(values.shape))


def _density(plane: Values) -> Signal:
    """The attenuation of the values of a plane, that of water being 1 and that of what is no number 0."""
    scale = scale_of(plane.dtype)
    made = np.nan_to_num(np.maximum(1 + scale.units(plane) / 1000, 0), nan=0, posinf=0)
    if scale == SOFT_TISSUE:
        made[plane == 0] = 0
    return made


def _added(plane: Values, units: Signal) -> Values:
    """The values of a plane with Hounsfield units added, up to the most that there may be."""
    scale = scale_of(plane.dtype)
    before = scale.units(plane)
    return scale.values(np.minimum(before + units, np.maximum(before, np.float32(MOST))), plane.dtype)


def slice_axis(axis: int | None, lattice: Lattice) -> int:
    """The axis along which slices lie: the one named, or that with the widest steps. Of a plane it does not matter."""
    if lattice.ndim == 2:
        return 0
    return int(np.argmax(lattice.spacing)) if axis is None else axes_of([axis], lattice)[0]
