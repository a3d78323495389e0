"""Colour perturbation."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Range, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Curve, lookup
from fewfold.methods.transforms.engine.resample import curved, native


class ColourShift(Transform):
    """Multiplies each colour and adds to it, each by its own numbers, as another lamp, stain or camera would.

    ``gain``: what values are multiplied by, drawn evenly for each colour. ``offset``: what is added afterwards, as a
    share of the range of values, drawn evenly for each colour. The defaults are those of the intensity perturbation of
    Zhang et al. (2020), which draws one gain and one offset for the image. For images in red, green and blue.
    """

    card = MethodCard(
        name="colour_shift",
        title="Colour perturbation",
        family="transform",
        modalities=("image", "volume"),
        summary="Makes each colour brighter or darker by itself.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one lookup",
        references=("10.1109/TMI.2020.2973595",),
    )
    colour = True
    strengths = MappingProxyType({"gain": about(1), "offset": about(0)})

    def __init__(self, *, gain: tuple[float, float] = (0.9, 1.1), offset: Range = 0.1, p: float = 1.0) -> None:
        self.gain, self.offset, self.p = as_json(gain), as_json(offset), chance(p)
        self._gains = span(gain, "gain", low=0, high=100)
        self._offsets = span(offset, "offset", low=-1, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {
            "gain": [uniform(rng, self._gains) for _ in range(3)],
            "offset": [uniform(rng, self._offsets) for _ in range(3)],
        }

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values = native(image.values)
        curves = [Curve.linear(gain, offset) for gain, offset in zip(drawn["gain"], drawn["offset"], strict=True)]
        tables = [lookup(curve, image.levels, values.dtype) for curve in curves]
        if values.dtype == np.uint8:
            return image._replace(values=curved(values, np.stack(tables)))
        made = [curved(values[..., k], table) for k, table in enumerate(tables)]
        return image._replace(values=np.stack(made, axis=-1))
