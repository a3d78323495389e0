"""Saturation."""

from __future__ import annotations

from math import exp, log
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, as_json, chance, in_logarithm, span, uniform
from fewfold.methods.transforms.engine.colour import LUMA, mixed
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native


class Saturation(Transform):
    """Moves colours away from the grey of the same luma (ITU-R BT.601), or towards it.

    ``factor``: 0 would leave grey, 1 nothing, and above 1 colours are stronger; drawn evenly in its logarithm. The
    default is the tenth by which the light variant of Tellez et al. (2019) alters the saturation of HSV. For images in
    red, green and blue.
    """

    card = MethodCard(
        name="saturation",
        title="Saturation",
        family="transform",
        modalities=("image", "volume"),
        summary="Makes colours stronger or weaker.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one mixture of three colours",
        references=("10.1016/j.media.2019.101544",),
    )
    colour = True
    strengths = MappingProxyType({"factor": in_logarithm})

    def __init__(self, *, factor: tuple[float, float] = (0.9, 1.1), p: float = 1.0) -> None:
        self.factor, self.p = as_json(factor), chance(p)
        low, high = span(factor, "factor", low=0.01, high=100)
        self._span = log(low), log(high)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"factor": exp(uniform(rng, self._span))}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        factor = drawn["factor"]
        return image._replace(values=mixed(native(image.values), factor * np.eye(3) + (1 - factor) * LUMA))
