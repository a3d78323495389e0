"""Window of computed tomography."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.hounsfield import scale_of
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native

WIDEST = 65535.0  # Hounsfield units: all that 16 bits hold


def _wider(end: float, magnitude: float) -> float:
    """A window twice as wide clips half as much."""
    return min(end / magnitude, WIDEST)


class CtWindow(Transform):
    """Clips Hounsfield units to a window whose centre and width are drawn evenly; what lies inside stays as it is.

    ``centre``, ``width``: in Hounsfield units. The window goes from centre - width / 2 to centre + width / 2. The
    default lies about the centre of the usual window of soft tissue, 40, as Huo et al. (2019) draw it, and is at most
    as wide as that, 400; how far about it is chosen here. Values are read as Hounsfield units, whatever the range of
    values of the augmenter; those of 8 bits as a window of soft tissue, -160 to 240.
    """

    card = MethodCard(
        name="ct_window",
        title="Window of computed tomography",
        family="transform",
        modalities=("image", "volume"),
        summary="Clips Hounsfield units to a window about a centre.",
        min_subjects=1,
        may_destroy=("texture", "intensity", "intensity ratio"),
        cost="one pass over the values",
        references=("10.1117/1.JMI.6.4.044005", "10.48550/arXiv.2510.08116"),
    )
    strengths = MappingProxyType({"width": _wider})

    def __init__(
        self,
        *,
        centre: tuple[float, float] = (20.0, 60.0),
        width: tuple[float, float] = (150.0, 400.0),
        p: float = 1.0,
    ) -> None:
        self.centre, self.width, self.p = as_json(centre), as_json(width), chance(p)
        self._centre = span(centre, "centre", low=-32768, high=65535)
        self._width = span(width, "width", low=1, high=WIDEST)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"centre": uniform(rng, self._centre), "width": uniform(rng, self._width)}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values, centre, half = native(image.values), drawn["centre"], drawn["width"] / 2
        low, high = scale_of(values.dtype).values(np.array([centre - half, centre + half]), values.dtype)
        return image._replace(values=np.clip(values, low, high))
