"""Vignetting."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.acquisition import Acquisition
from fewfold.methods.transforms.base import Draw, Image, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.radial import over_channels, squared


class RetinaVignetting(Acquisition):
    """Darkens towards the edge by the fourth power of the cosine, as the geometry of a lens does.

    ``loss``: the share of light that is lost at half the shorter side from the centre, drawn evenly. ``centre``: where
    the fall-off is centred along each axis, as a share of the shorter side from the middle of the image, drawn evenly.
    The law is told in Kordecki et al. (2016); both ranges are chosen here. All channels lose the same share. In a
    volume it is the same for all planes of the last two axes.
    """

    card = MethodCard(
        name="retina_vignetting",
        title="Vignetting",
        family="transform",
        modalities=("image", "volume"),
        summary="Darkens towards the edge of the field, as a fundus camera does.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one pass over the values",
        references=("10.1007/s11760-016-0941-2",),
    )
    strengths = MappingProxyType({"loss": about(0)})

    def __init__(self, *, loss: tuple[float, float] = (0.0, 0.5), centre: Range = 0.1, p: float = 1.0) -> None:
        self.loss, self.centre, self.p = as_json(loss), as_json(centre), chance(p)
        self._loss = span(loss, "loss", low=0, high=0.95)
        self._centre = span(centre, "centre", low=-1, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        return {"loss": uniform(rng, self._loss), "centre": [uniform(rng, self._centre) for _ in range(2)]}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        per = 4 * ((1 - drawn["loss"]) ** -0.5 - 1)  # squared tangent of the angle, one shorter side away
        tangents = squared(image.lattice, drawn["centre"]) * np.float32(per)
        signal = image.values
        signal *= over_channels((1 + tangents) ** -2, image.lattice, signal)
        return signal
