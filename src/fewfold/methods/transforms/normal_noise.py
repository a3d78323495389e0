"""What noises share that are made of normal numbers."""

from __future__ import annotations

from types import MappingProxyType

from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice


class NormalNoise(Transform):
    """Noise of one standard deviation ``sd``, a share of the range of values, drawn evenly. Its normal numbers come
    from a seed that is on record."""

    strengths = MappingProxyType({"sd": about(0)})

    def __init__(self, *, sd: tuple[float, float] = (0.0, 0.05), p: float = 1.0) -> None:
        self.sd, self.p = as_json(sd), chance(p)
        self._span = span(sd, "sd", low=0, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"sd": uniform(rng, self._span), "seed": int(rng.integers(2**53))}
