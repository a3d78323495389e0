"""Shear."""

from __future__ import annotations

from math import radians, tan
from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Geometric, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.affine import inverse, linear
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp, straight


class Shear(Geometric):
    """Slants each axis towards the others, about the centre.

    ``degrees``: the angle, drawn evenly for each ordered pair of axes, within -40 to 40: a point moves along the first
    axis by the tangent of the angle times its place on the second one.
    """

    card = MethodCard(
        name="shear",
        title="Shear",
        family="transform",
        modalities=("image", "volume"),
        summary="Slants the axes of the image towards each other.",
        min_subjects=1,
        may_destroy=("shape", "size", "orientation", "position", "texture"),
        cost="part of the one resampling of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )
    strengths = MappingProxyType({"degrees": about(0)})

    def __init__(self, *, degrees: Range = 5.0, p: float = 1.0) -> None:
        self.degrees, self.p = as_json(degrees), chance(p)
        self._span = span(degrees, "degrees", low=-40, high=40)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"degrees": [uniform(rng, self._span) for _ in range(lattice.ndim * (lattice.ndim - 1))]}

    def _warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        n, angles = lattice.ndim, iter(drawn["degrees"])
        return straight(
            lattice,
            inverse(linear([[1.0 if i == j else tan(radians(next(angles))) for j in range(n)] for i in range(n)])),
        )
