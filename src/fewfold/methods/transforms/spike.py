"""Spikes in k-space."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import pi, prod
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.acquisition import Acquisition, counts, whole
from fewfold.methods.transforms.base import Draw, Image, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.separable import slabs


class Spike(Acquisition):
    """Adds plane waves, as samples of k-space do that a discharge has struck: the herringbone artefact.

    ``spikes``: how many samples, drawn evenly; each may be any sample but the centre, with any phase. ``amplitude``: of
    each wave, as a share of the range of values, drawn evenly. Both ranges are chosen here: TorchIO (Perez-Garcia 2021)
    draws one spike of one to three times the mean.
    """

    card = MethodCard(
        name="spike",
        title="Spikes in k-space",
        family="transform",
        modalities=("image", "volume"),
        summary="Lays stripes over the image, as single corrupted samples of k-space do.",
        min_subjects=1,
        may_destroy=("texture", "intensity", "intensity ratio"),
        cost="one pass over the values",
        references=("10.1148/rg.261055134", "10.1016/j.cmpb.2021.106236"),
    )
    strengths = MappingProxyType({"amplitude": about(0)})

    def __init__(self, *, spikes: Sequence[int] = (1, 3), amplitude: Range = (0.05, 0.2), p: float = 1.0) -> None:
        self.spikes, self.amplitude, self.p = as_json(spikes), as_json(amplitude), chance(p)
        self._counts = counts(spikes, "spikes", low=1)
        self._span = span(amplitude, "amplitude", low=0)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"spikes": [self._one(rng, lattice.shape) for _ in range(whole(rng, self._counts))]}

    def _one(self, rng: Rng, shape: tuple[int, ...]) -> Draw:
        """A wave: cycles over the extent of each axis, amplitude, and phase at the first point in radians."""
        size = prod(shape)
        sample = np.unravel_index(int(rng.integers(1, max(size, 2))) % size, shape)  # 0 is the centre of k-space
        cycles = [(int(k) + n // 2) % n - n // 2 for k, n in zip(sample, shape, strict=True)]
        return {"cycles": cycles, "amplitude": uniform(rng, self._span), "phase": uniform(rng, (0.0, 2 * pi))}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        first, rest = [], []
        for each in drawn["spikes"]:
            steps = zip(each["cycles"], image.lattice.shape, strict=True)
            turns = [np.exp(2j * pi * k / n * np.arange(n)) for k, n in steps]
            row = turns[0] * np.exp(1j * each["phase"]) * each["amplitude"] * image.levels.high
            others = reduce(np.multiply.outer, turns[1:])
            first += [row.real, -row.imag]
            rest += [others.real, others.imag]
        for slab, wave in slabs(image.values, np.stack(first, axis=1), np.stack(rest)):
            slab += wave
        return image.values
