"""Sharpening."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.smoothing import smoothed
from fewfold.methods.transforms.engine.storage import stored


class Sharpen(Transform):
    """Adds a share of what a blur takes away (unsharp masking), as scanners and cameras do; each channel by itself.

    ``amount``: the share, drawn evenly; the default is how much of a sharpened image Albumentations mixes in (Buslaev
    et al. 2020). ``sigma``: the width of the blur, drawn evenly, in the steps that ``blur`` counts in; its range is
    chosen here.
    """

    card = MethodCard(
        name="sharpen",
        title="Sharpening",
        family="transform",
        modalities=("image", "volume"),
        summary="Makes edges steeper.",
        min_subjects=1,
        may_destroy=("texture", "intensity"),
        cost="one filter along each axis",
        references=("10.1109/83.826787", "10.3390/info11020125"),
    )
    strengths = MappingProxyType({"amount": about(0)})

    def __init__(
        self, *, amount: tuple[float, float] = (0.2, 0.5), sigma: tuple[float, float] = (0.5, 1.5), p: float = 1.0
    ) -> None:
        self.amount, self.sigma, self.p = as_json(amount), as_json(sigma), chance(p)
        self._amounts = span(amount, "amount", low=0, high=100)
        self._sigmas = span(sigma, "sigma", low=0, high=100)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"amount": uniform(rng, self._amounts), "sigma": uniform(rng, self._sigmas)}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values = native(image.values)
        made = smoothed(values, image.lattice, drawn["sigma"])
        np.subtract(values, made, out=made)
        made *= np.float32(drawn["amount"])
        made += values
        return image._replace(values=stored(made, values.dtype))
