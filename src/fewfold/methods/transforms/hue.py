"""Hue."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.methods.transforms.base import Draw, Image, Range, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.colour import LUMA, mixed
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native

# Luma, and the two differences to it that span the plane of colours: U = 0.492 (B - Y), V = 0.877 (R - Y). I and Q are
# the same plane turned by 33 degrees, so that a turn of the one is a turn of the other.
_YUV: Floats = np.stack([LUMA, 0.492 * (np.array([0, 0, 1]) - LUMA), 0.877 * (np.array([1, 0, 0]) - LUMA)])


class Hue(Transform):
    """Turns colours in the plane of I and Q of the YIQ colour space; luma (ITU-R BT.601) and grey stay.

    ``degrees``: how far, drawn evenly; above 0 from red to yellow to green. This is one linear mixture of the three
    colours, and agrees with the hue of HSV in direction only. The default is a tenth of a turn, as in the light variant
    of Tellez et al. (2019), who turn the hue of HSV. For images in red, green and blue.
    """

    card = MethodCard(
        name="hue",
        title="Hue",
        family="transform",
        modalities=("image", "volume"),
        summary="Turns all colours by one angle.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one mixture of three colours",
        references=("10.1016/j.media.2019.101544",),
    )
    colour = True
    strengths = MappingProxyType({"degrees": about(0)})

    def __init__(self, *, degrees: Range = 36.0, p: float = 1.0) -> None:
        self.degrees, self.p = as_json(degrees), chance(p)
        self._span = span(degrees, "degrees", low=-180, high=180)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"degrees": uniform(rng, self._span)}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        return image._replace(values=mixed(native(image.values), turn(drawn["degrees"])))


def turn(degrees: float) -> Floats:
    """The (3, 3) mixture of red, green and blue that turns the plane of colours by an angle."""
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turned: Floats = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]], dtype=np.float64)
    return np.linalg.inv(_YUV) @ turned @ _YUV
