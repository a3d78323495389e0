"""Gamma."""

from __future__ import annotations

from math import exp, log
from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Pointwise, as_json, chance, in_logarithm, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Curve


class Gamma(Pointwise):
    """Raises values, as shares of their range, to a power: the ends of the range stay, the middle moves.

    ``exponent``: below 1 brightens; drawn evenly in its logarithm between two numbers. Values below the range count as
    its lower end.
    """

    card = MethodCard(
        name="gamma",
        title="Gamma",
        family="transform",
        modalities=("image", "volume"),
        summary="Bends the scale of values between its ends.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="part of the one lookup of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )
    strengths = MappingProxyType({"exponent": in_logarithm})

    def __init__(self, *, exponent: tuple[float, float] = (0.8, 1.25), p: float = 1.0) -> None:
        self.exponent, self.p = as_json(exponent), chance(p)
        low, high = span(exponent, "exponent", low=0.01, high=100)
        self._span = log(low), log(high)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"exponent": exp(uniform(rng, self._span))}

    def _curve(self, drawn: Draw) -> Curve:
        return Curve.power(drawn["exponent"])
