"""Reflection."""

from __future__ import annotations

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Geometric, chance
from fewfold.methods.transforms.engine.affine import diagonal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp, straight


class Reflection(Geometric):
    """Turns the order of the points along one axis round.

    ``axis``: of the array, without channels; -1 is the last one, so left and right of an image.
    """

    card = MethodCard(
        name="reflection",
        title="Reflection",
        family="transform",
        modalities=("image", "volume"),
        summary="Mirrors the image along one axis.",
        min_subjects=1,
        may_destroy=("laterality", "situs", "orientation", "position"),
        cost="part of the one resampling of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )

    def __init__(self, *, axis: int = -1, p: float = 0.5) -> None:
        self.axis, self.p = axis, chance(p)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        if not -lattice.ndim <= self.axis < lattice.ndim:
            raise BadInput(
                expected=f"axis to be one of the {lattice.ndim} axes",
                found=f"axis={self.axis}",
                fix=f"Pass a number from {-lattice.ndim} to {lattice.ndim - 1}.",
            )
        return {"axis": self.axis % lattice.ndim}

    def _warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        return straight(lattice, diagonal([-1.0 if i == drawn["axis"] else 1.0 for i in range(lattice.ndim)]))
