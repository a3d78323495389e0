"""Contrast."""

from __future__ import annotations

from math import exp, log
from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Pointwise, as_json, chance, in_logarithm, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Curve


class Contrast(Pointwise):
    """Stretches or squeezes values about the middle of their range.

    ``factor``: above 1 stretches; drawn evenly in its logarithm between two numbers.
    """

    card = MethodCard(
        name="contrast",
        title="Contrast",
        family="transform",
        modalities=("image", "volume"),
        summary="Stretches or squeezes values about the middle of their range.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="part of the one lookup of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )
    strengths = MappingProxyType({"factor": in_logarithm})

    def __init__(self, *, factor: tuple[float, float] = (0.8, 1.25), p: float = 1.0) -> None:
        self.factor, self.p = as_json(factor), chance(p)
        low, high = span(factor, "factor", low=0.01, high=100)
        self._span = log(low), log(high)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"factor": exp(uniform(rng, self._span))}

    def _curve(self, drawn: Draw) -> Curve:
        return Curve.linear(drawn["factor"], (1 - drawn["factor"]) / 2)
