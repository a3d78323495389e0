"""Scaling."""

from __future__ import annotations

from math import exp, log
from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Geometric, as_json, chance, in_logarithm, span, uniform
from fewfold.methods.transforms.engine.affine import diagonal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp, straight


class Scaling(Geometric):
    """Enlarges or shrinks what is seen, about the centre; the number of points stays.

    ``factor``: above 1 enlarges; drawn evenly in its logarithm between two numbers, once for all axes, or for each
    where ``isotropic`` is false.
    """

    card = MethodCard(
        name="scaling",
        title="Scaling",
        family="transform",
        modalities=("image", "volume"),
        summary="Enlarges or shrinks what is seen.",
        min_subjects=1,
        may_destroy=("size", "shape", "position", "context", "texture"),
        cost="part of the one resampling of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )
    strengths = MappingProxyType({"factor": in_logarithm})

    def __init__(self, *, factor: tuple[float, float] = (0.9, 1.1), isotropic: bool = True, p: float = 1.0) -> None:
        self.factor, self.isotropic, self.p = as_json(factor), isotropic, chance(p)
        low, high = span(factor, "factor", low=0.01, high=100)
        self._span = log(low), log(high)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        each = [exp(uniform(rng, self._span)) for _ in range(1 if self.isotropic else lattice.ndim)]
        return {"factor": each * lattice.ndim if self.isotropic else each}

    def _warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        return straight(lattice, diagonal([1 / f for f in drawn["factor"]]))
