"""Beam hardening of computed tomography."""

from __future__ import annotations

from math import pi
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.projection import Rays, Scanner
from fewfold.methods.transforms.tomography import Tomography, slice_axis

RADIUS = 100.0  # of the cylinder of water that strengths are told for, in mm


class CtBeamHardening(Tomography):
    """Reads long paths as too short, as a beam that gets harder on its way does: the middle becomes too dark (cupping).

    A path of length p through water is read as p - b * p ** 2, the first terms of the polynomial that corrections of
    beam hardening undo (Herman 1979, Xiu et al. 2019), and the difference goes through filtered back-projection. Bone
    counts as the water that attenuates as much, so dark bands lie between bones, too, but weaker than in life.

    ``cupping``: by how many Hounsfield units the middle of a cylinder of water 20 cm wide is darker than its rim, drawn
    evenly; below 0 it is brighter, as after too strong a correction. It is 8000 * b * 100 mm / pi. Chosen here.
    ``axis``: along which the slices of a volume lie; by default that with the widest steps. See
    :class:`Tomography` for the units.
    """

    card = MethodCard(
        name="ct_beam_hardening",
        title="Beam hardening of computed tomography",
        family="transform",
        modalities=("image", "volume"),
        summary="Darkens the middle of the body and the bands between bones.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="four Fourier transforms for each slice",
        references=("10.1088/0031-9155/24/1/008", "10.18280/ts.360606", "10.1109/TMI.1987.4307847"),
    )
    strengths = MappingProxyType({"cupping": about(0)})

    def __init__(
        self, *, cupping: tuple[float, float] = (-10.0, 40.0), axis: int | None = None, p: float = 1.0
    ) -> None:
        self.cupping, self.axis, self.p = as_json(cupping), axis, chance(p)
        self._span = span(cupping, "cupping", low=-500, high=500)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"cupping": uniform(rng, self._span), "axis": slice_axis(self.axis, lattice)}

    def _misread(self, scanner: Scanner, density: Signal, place: float, drawn: Draw, rng: Rng) -> Rays:
        bend = np.float32(-drawn["cupping"] * pi / (8000 * RADIUS))
        first, second = scanner.project(density)
        return bend * first * first, bend * second * second
