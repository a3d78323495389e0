"""Anisotropic resolution."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.methods.transforms.acquisition import Acquisition, one_axis
from fewfold.methods.transforms.base import Draw, Image, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice


class Anisotropy(Acquisition):
    """Lowers the resolution along one axis: averages over thick slices, and interpolates linearly between them.

    ``factor``: the thickness of a slice, in points, drawn evenly (by default as in TorchIO, Perez-Garcia 2021); the
    nearest one is taken of which a whole number fills the axis. ``axes``: those of which one is drawn; all by default.
    The lattice stays.
    """

    card = MethodCard(
        name="anisotropy",
        title="Anisotropic resolution",
        family="transform",
        modalities=("image", "volume"),
        summary="Lowers the resolution along one axis, as thick slices do.",
        min_subjects=1,
        may_destroy=("texture", "intensity"),
        cost="two products with a matrix, along one axis",
        references=("10.1016/j.cmpb.2021.106236",),
    )
    strengths = MappingProxyType({"factor": about(1)})

    def __init__(self, *, factor: Range = (1.5, 5.0), axes: Sequence[int] | None = None, p: float = 1.0) -> None:
        self.factor, self.axes, self.p = as_json(factor), as_json(axes), chance(p)
        self._span = span(factor, "factor", low=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        axis = one_axis(rng, self.axes, lattice)
        return {"axis": axis, "slices": max(1, round(lattice.shape[axis] / uniform(rng, self._span)))}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        axis, slices = drawn["axis"], drawn["slices"]
        n = image.lattice.shape[axis]
        return _along(_interpolation(slices, n), _along(_averages(n, slices), image.values, axis), axis)


def _averages(n: int, slices: int) -> Floats:
    """(slices, n) the share of each point in each slice."""
    limits = np.linspace(0, n, slices + 1)[:, np.newaxis]
    point = np.arange(n)
    overlap = np.minimum(limits[1:], point + 1) - np.maximum(limits[:-1], point)
    shares: Floats = np.maximum(overlap, 0) * slices / n
    return shares


def _interpolation(slices: int, n: int) -> Floats:
    """(n, slices) the weight of each slice at each point; beyond the outermost centres the outermost slices stay."""
    place = np.clip((np.arange(n) + 0.5) * slices / n - 0.5, 0, slices - 1)
    weights: Floats = np.maximum(1 - np.abs(place[:, np.newaxis] - np.arange(slices)), 0)
    return weights


def _along(matrix: Floats, signal: Signal, axis: int) -> Signal:
    """The product of ``matrix`` with each line of ``signal`` along ``axis``."""
    before, after = signal.shape[:axis], signal.shape[axis + 1 :]
    rows = matrix.astype(np.float32)
    lines = signal.reshape(int(np.prod(before)), signal.shape[axis], -1)
    made = np.matmul(rows, lines) if after else lines[..., 0] @ rows.T
    return made.reshape(*before, len(rows), *after)
