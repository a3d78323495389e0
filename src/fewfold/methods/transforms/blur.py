"""Blur."""

from __future__ import annotations

from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.smoothing import smoothed
from fewfold.methods.transforms.engine.storage import stored


class Blur(Transform):
    """Smooths with a Gaussian, as a lens out of focus or a coarser scanner does; each channel by itself.

    ``sigma``: its standard deviation in steps between points, drawn evenly. In a volume with a spacing these are steps
    of the axis along which points lie closest; the blur is as wide in space along the other axes. Beyond the border
    lies the nearest point. The default is the range of Zhang et al. (2020).
    """

    card = MethodCard(
        name="blur",
        title="Blur",
        family="transform",
        modalities=("image", "volume"),
        summary="Makes the image less sharp.",
        min_subjects=1,
        may_destroy=("texture", "intensity"),
        cost="one filter along each axis",
        references=("10.1109/TMI.2020.2973595",),
    )
    strengths = MappingProxyType({"sigma": about(0)})

    def __init__(self, *, sigma: tuple[float, float] = (0.25, 1.5), p: float = 1.0) -> None:
        self.sigma, self.p = as_json(sigma), chance(p)
        self._span = span(sigma, "sigma", low=0, high=100)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"sigma": uniform(rng, self._span)}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values = native(image.values)
        return image._replace(values=stored(smoothed(values, image.lattice, drawn["sigma"]), values.dtype))
