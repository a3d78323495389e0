"""Gaussian noise."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.storage import stored


class GaussianNoise(Transform):
    """Adds to each value a normal number of its own: the noise of electronics, and of many counts.

    ``sd``: its standard deviation as a share of the range of values, drawn evenly. The range is chosen here: it reaches
    as far as a variance of 0.1 where the image has one of 1 (the limit that nnU-Net names, Isensee et al. 2021), where
    the range is six standard deviations. The noise itself comes from a seed that is on record.
    """

    card = MethodCard(
        name="gaussian_noise",
        title="Gaussian noise",
        family="transform",
        modalities=("image", "volume"),
        summary="Adds normal noise of one strength everywhere.",
        min_subjects=1,
        may_destroy=("texture",),
        cost="one normal number for each value",
        references=("10.1038/s41592-020-01008-z",),
    )
    strengths = MappingProxyType({"sd": about(0)})

    def __init__(self, *, sd: tuple[float, float] = (0.0, 0.05), p: float = 1.0) -> None:
        self.sd, self.p = as_json(sd), chance(p)
        self._span = span(sd, "sd", low=0, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"sd": uniform(rng, self._span), "seed": int(rng.integers(2**53))}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values, (low, high) = native(image.values), image.levels
        made = np.random.default_rng(drawn["seed"]).standard_normal(values.shape, dtype=np.float32)
        made *= np.float32(drawn["sd"] * (high - low))
        made += values
        return image._replace(values=stored(made, values.dtype))
