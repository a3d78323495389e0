"""Translation."""

from __future__ import annotations

from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Geometric, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.affine import shift
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp, straight


class Translation(Geometric):
    """Moves the image along each of its axes.

    ``share``: how far, as a share of the extent of the axis, drawn evenly for each; positive towards higher indices.
    """

    card = MethodCard(
        name="translation",
        title="Translation",
        family="transform",
        modalities=("image", "volume"),
        summary="Moves the image along its axes.",
        min_subjects=1,
        may_destroy=("position", "context", "texture"),
        cost="part of the one resampling of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )
    strengths = MappingProxyType({"share": about(0)})

    def __init__(self, *, share: Range = 0.1, p: float = 1.0) -> None:
        self.share, self.p = as_json(share), chance(p)
        self._span = span(share, "share", low=-1, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"share": [uniform(rng, self._span) for _ in lattice.shape]}

    def _warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        return straight(lattice, shift([-s * e for s, e in zip(drawn["share"], lattice.extent, strict=True)]))
