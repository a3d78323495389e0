"""Jitter of stains."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Range, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.stain import HED, restained


class HedJitter(Transform):
    """Makes haematoxylin, eosin and DAB each stain more or less, as Tellez et al. (2018).

    The colour is taken apart into the three stains (colour deconvolution of Ruifrok and Johnston), and each gets a gain
    and a bias of its own. ``gain``: what a stain is multiplied by, drawn evenly. ``bias``: what is added to it, a
    decadic optical density, drawn evenly; it tints blank glass too. The defaults have the numbers of the light variant
    of Tellez et al. (2019), 0.05; their strong one has 0.2. That the bias counts as a decadic density is chosen here.
    For bright-field images in red, green and blue.
    """

    card = MethodCard(
        name="hed_jitter",
        title="Jitter of stains",
        family="transform",
        modalities=("image",),
        summary="Makes haematoxylin, eosin and DAB stain more or less.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one mixture of three densities",
        references=("10.1109/TMI.2018.2820199", "10.1016/j.media.2019.101544"),
    )
    colour = True
    strengths = MappingProxyType({"gain": about(1), "bias": about(0)})

    def __init__(self, *, gain: tuple[float, float] = (0.95, 1.05), bias: Range = 0.05, p: float = 1.0) -> None:
        self.gain, self.bias, self.p = as_json(gain), as_json(bias), chance(p)
        self._gain = span(gain, "gain", low=0, high=10)
        self._bias = span(bias, "bias", low=-1, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {
            "gain": [uniform(rng, self._gain) for _ in range(3)],
            "bias": [uniform(rng, self._bias) for _ in range(3)],
        }

    def _apply(self, image: Image, drawn: Draw) -> Image:
        mixture = np.linalg.inv(HED) @ np.diag(drawn["gain"]) @ HED
        values = restained(native(image.values), image.levels, mixture, drawn["bias"] @ HED)
        return image._replace(values=values)
