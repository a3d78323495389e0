"""Jitter of an image's own stains."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Range, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.stain import coloured, densities, stain_matrix


class Macenko(Transform):
    """Makes the two stains of an image each stain more or less; the stains are told from the image itself.

    Macenko et al. (2009) say how: see ``stain_matrix``. ``gain``: what the concentration of a stain is multiplied by,
    drawn evenly for each. ``bias``: what is added to it, a decadic optical density; it tints blank glass too. The
    defaults are chosen here: the gain of the strong variant of Tellez et al. (2019), the bias of the light one. What is
    neither stain stays. An image with too little tissue comes back unchanged: less than a hundredth of it, or one stain
    alone. For bright-field images in red, green and blue.
    """

    card = MethodCard(
        name="macenko",
        title="Jitter of an image's own stains",
        family="transform",
        modalities=("image",),
        summary="Makes the two stains that an image is found to have stain more or less.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one estimate of two stains, and one mixture of three densities",
        references=("10.1109/ISBI.2009.5193250", "10.1016/j.media.2019.101544"),
    )
    colour = True
    strengths = MappingProxyType({"gain": about(1), "bias": about(0)})

    def __init__(self, *, gain: tuple[float, float] = (0.8, 1.2), bias: Range = 0.05, p: float = 1.0) -> None:
        self.gain, self.bias, self.p = as_json(gain), as_json(bias), chance(p)
        self._gain = span(gain, "gain", low=0, high=10)
        self._bias = span(bias, "bias", low=-1, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {
            "gain": [uniform(rng, self._gain) for _ in range(2)],
            "bias": [uniform(rng, self._bias) for _ in range(2)],
        }

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values = native(image.values)
        found = densities(values, image.levels).reshape(-1, 3)
        stains = stain_matrix(found)
        if stains is None:
            return image._replace(values=values)
        mixture = np.eye(3) + np.linalg.pinv(stains) @ np.diag(np.subtract(drawn["gain"], 1)) @ stains
        found = found @ mixture.astype(np.float32)
        found += (drawn["bias"] @ stains).astype(np.float32)
        return image._replace(values=coloured(found.reshape(values.shape), image.levels, values.dtype))
