"""Collimation of a radiograph."""

from __future__ import annotations

from math import cos, radians, sin
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Range, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.storage import stored


class XrayCollimation(Transform):
    """Blackens what lies outside a rectangle, as the shutters of a collimator and the display do.

    ``margin``: how far each of the four sides lies within the field, as a share of the extent of the image, drawn
    evenly for each side by itself. ``degrees``: by how much the rectangle is turned about the centre of the image,
    drawn evenly. Both ranges are chosen here; that sides and turns vary from image to image is what El-Zein et al.
    (2024) draw, too. Outside is the lower end of the range of values; edges are sharp, and there is no scatter. In a
    volume it is the same for all planes of the last two axes.
    """

    card = MethodCard(
        name="xray_collimation",
        title="Collimation of a radiograph",
        family="transform",
        modalities=("image", "volume"),
        summary="Blackens what lies outside a rectangle within the image.",
        min_subjects=1,
        may_destroy=("context",),
        cost="one pass over the values",
        references=("10.48550/arXiv.2411.10308",),
    )
    strengths = MappingProxyType({"margin": about(0), "degrees": about(0)})

    def __init__(self, *, margin: tuple[float, float] = (0.0, 0.1), degrees: Range = 3.0, p: float = 1.0) -> None:
        self.margin, self.degrees, self.p = as_json(margin), as_json(degrees), chance(p)
        self._margins = span(margin, "margin", low=0, high=0.45)
        self._degrees = span(degrees, "degrees", low=-45, high=45)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        margins = [[uniform(rng, self._margins), uniform(rng, self._margins)] for _ in range(2)]
        return {"margins": margins, "degrees": uniform(rng, self._degrees)}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values, own = native(image.values), image.lattice
        plane = Lattice(own.shape[-2:], own.spacing[-2:])
        row, column = plane.to_places(np.indices(plane.shape, dtype=np.float64))
        turn = radians(drawn["degrees"])
        turned = (cos(turn) * row + sin(turn) * column, cos(turn) * column - sin(turn) * row)
        outside = np.zeros(plane.shape, dtype=np.bool_)
        for place, extent, (before, after) in zip(turned, plane.extent, drawn["margins"], strict=True):
            outside |= (place < (before - 0.5) * extent) | (place > (0.5 - after) * extent)
        black = stored(np.array([image.levels.low]), values.dtype)[0]
        outside = outside.reshape(outside.shape + (1,) * (values.ndim - own.ndim))
        return image._replace(values=np.where(outside, black, values))
