"""Brightness."""

from __future__ import annotations

from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Pointwise, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Curve


class Brightness(Pointwise):
    """Adds the same to every value.

    ``share``: how much, as a share of the range of values, drawn evenly.
    """

    card = MethodCard(
        name="brightness",
        title="Brightness",
        family="transform",
        modalities=("image", "volume"),
        summary="Makes the image brighter or darker.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="part of the one lookup of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )
    strengths = MappingProxyType({"share": about(0)})

    def __init__(self, *, share: Range = 0.1, p: float = 1.0) -> None:
        self.share, self.p = as_json(share), chance(p)
        self._span = span(share, "share", low=-1, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"share": uniform(rng, self._span)}

    def _curve(self, drawn: Draw) -> Curve:
        return Curve.linear(1.0, drawn["share"])
