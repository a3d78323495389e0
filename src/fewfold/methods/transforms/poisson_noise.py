"""Poisson noise."""

from __future__ import annotations

from math import exp, log
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.storage import stored


def _counted(photons: float, magnitude: float) -> float:
    """The noise is as one to the root of the photons; where they are without end nothing happens."""
    return photons / magnitude**2


class PoissonNoise(Transform):
    """Counts photons anew: each value becomes a Poisson number with the value as its mean; bright points vary most.

    ``photons``: how many the upper end of the range of values stands for; the fewer, the noisier. Drawn evenly in its
    logarithm. The lower end stands for none, and values below it count as it. The default starts at the mildest shot
    noise of Hendrycks and Dietterich (2019), 60; its upper end is chosen here. The counts come from a seed that is on
    record.
    """

    card = MethodCard(
        name="poisson_noise",
        title="Poisson noise",
        family="transform",
        modalities=("image", "volume"),
        summary="Counts photons anew, as in a shorter exposure.",
        min_subjects=1,
        may_destroy=("texture",),
        cost="one Poisson number for each value",
        references=("10.1109/TIP.2008.2001399", "10.48550/arXiv.1903.12261"),
    )
    strengths = MappingProxyType({"photons": _counted})

    def __init__(self, *, photons: tuple[float, float] = (60.0, 1000.0), p: float = 1.0) -> None:
        self.photons, self.p = as_json(photons), chance(p)
        fewest, most = span(photons, "photons", low=0.1, high=1e9)
        self._span = log(fewest), log(most)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"photons": exp(uniform(rng, self._span)), "seed": int(rng.integers(2**53))}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values, (low, high) = native(image.values), image.levels
        if high <= low:
            return image._replace(values=values)
        per = drawn["photons"] / (high - low)
        mean = np.maximum((values - low) * per, 0.0)
        known = np.isfinite(mean)
        counts = np.random.default_rng(drawn["seed"]).poisson(np.where(known, mean, 0.0))
        made = np.where(known, counts / per + low, values)
        return image._replace(values=stored(made, values.dtype))
