"""Rician noise."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.storage import stored


class RicianNoise(Transform):
    """The noise of a magnitude image in magnetic resonance (Gudbjartsson and Patz 1995).

    Normal noise is added to the real and to the imaginary part of the signal, and the magnitude is taken: where there
    is no signal the image gets brighter. Only for magnitude images.

    ``sd``: the standard deviation in each part, as a share of the range of values, drawn evenly. The lower end of the
    range stands for no signal, and values below it count as it. The default is chosen here. The noise itself comes from
    a seed that is on record.
    """

    card = MethodCard(
        name="rician_noise",
        title="Rician noise",
        family="transform",
        modalities=("image", "volume"),
        summary="Adds the noise of a magnitude image in magnetic resonance.",
        min_subjects=1,
        may_destroy=("texture", "intensity"),
        cost="two normal numbers for each value",
        references=("10.1002/mrm.1910340618",),
    )
    strengths = MappingProxyType({"sd": about(0)})

    def __init__(self, *, sd: tuple[float, float] = (0.0, 0.05), p: float = 1.0) -> None:
        self.sd, self.p = as_json(sd), chance(p)
        self._span = span(sd, "sd", low=0, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"sd": uniform(rng, self._span), "seed": int(rng.integers(2**53))}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values, (low, high) = native(image.values), image.levels
        parts = np.random.default_rng(drawn["seed"]).standard_normal((2, *values.shape), dtype=np.float32)
        parts *= np.float32(drawn["sd"] * (high - low))
        parts[0] += np.maximum(values - np.float32(low), np.float32(0))
        parts *= parts
        made = np.sqrt(parts[0] + parts[1])
        made += np.float32(low)
        return image._replace(values=stored(made, values.dtype))
