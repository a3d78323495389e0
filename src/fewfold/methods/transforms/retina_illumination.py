"""Uneven illumination."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.acquisition import Acquisition
from fewfold.methods.transforms.base import Draw, Image, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.radial import over_channels, squared


class RetinaIllumination(Acquisition):
    """Lights one round and smooth part of the field more or less than the rest, as an eye off the axis does.

    The light is multiplied by 1 + amplitude in the middle of the part, and by less of it outwards, as a Gaussian.
    ``amplitude``: drawn evenly; below 0 it is darker. ``centre``: of each axis, as a share of the shorter side from the
    middle of the image, drawn evenly. ``width``: the standard deviation, as a share of the shorter side, drawn evenly.
    Widths and centres are about those of the parts that Shen et al. (2021) darken, 0.4 to 0.7 wide before they are
    smoothed; there light is taken away and here multiplied, and amplitudes are chosen here. All channels get the same.
    In a volume it is the same for all planes of the last two axes.
    """

    card = MethodCard(
        name="retina_illumination",
        title="Uneven illumination",
        family="transform",
        modalities=("image", "volume"),
        summary="Lights a smooth part of the field more or less than the rest.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one pass over the values",
        references=("10.1109/TMI.2020.3043495",),
    )
    strengths = MappingProxyType({"amplitude": about(0)})

    def __init__(
        self,
        *,
        amplitude: tuple[float, float] = (-0.5, 0.3),
        centre: tuple[float, float] = (-0.25, 0.25),
        width: tuple[float, float] = (0.2, 0.35),
        p: float = 1.0,
    ) -> None:
        self.amplitude, self.centre, self.width, self.p = as_json(amplitude), as_json(centre), as_json(width), chance(p)
        self._amplitude = span(amplitude, "amplitude", low=-1, high=10)
        self._centre = span(centre, "centre", low=-1, high=1)
        self._width = span(width, "width", low=0.01, high=10)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        centre = [uniform(rng, self._centre) for _ in range(2)]
        return {"amplitude": uniform(rng, self._amplitude), "centre": centre, "width": uniform(rng, self._width)}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        signal, falling = image.values, squared(image.lattice, drawn["centre"])
        falling *= np.float32(-0.5 / drawn["width"] ** 2)
        light = 1 + np.float32(drawn["amplitude"]) * np.exp(falling, out=falling)
        signal *= over_channels(light, image.lattice, signal)
        return signal
