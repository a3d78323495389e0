"""Ghosting."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.acquisition import Acquisition, counts, one_axis, share, whole
from fewfold.methods.transforms.base import Draw, Image, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal, weighted
from fewfold.methods.transforms.engine.lattice import Lattice


class Ghosting(Acquisition):
    """Weakens every nth line of k-space along one axis, as periodic movement does: the image appears n times.

    ``ghosts``: n, drawn evenly, and at most half of the number of lines. ``intensity``: by how much these lines are
    weakened, as a share, drawn evenly; a ghost has 1 / n of it. ``centre``: the share of lines around the centre of
    k-space that stay as they are; the centre itself always does, so that the mean stays. The ranges of ``ghosts`` and
    ``intensity`` are those of TorchIO (Perez-Garcia 2021); ``centre`` is chosen here. ``axes``: those of which one is
    drawn to be the phase-encoding axis; all by default.
    """

    card = MethodCard(
        name="ghosting",
        title="Ghosting",
        family="transform",
        modalities=("image", "volume"),
        summary="Lays faint shifted copies over the image, along one axis.",
        min_subjects=1,
        may_destroy=("texture", "intensity", "intensity ratio"),
        cost="two Fourier transforms along one axis",
        references=("10.1148/rg.261055134", "10.1016/j.cmpb.2021.106236"),
    )
    strengths = MappingProxyType({"intensity": about(0)})

    def __init__(
        self,
        *,
        ghosts: Sequence[int] = (4, 10),
        intensity: Range = (0.5, 1.0),
        centre: float = 0.02,
        axes: Sequence[int] | None = None,
        p: float = 1.0,
    ) -> None:
        self.ghosts, self.intensity, self.centre = as_json(ghosts), as_json(intensity), share(centre, "centre")
        self.axes, self.p = as_json(axes), chance(p)
        self._counts = counts(ghosts, "ghosts", low=2)
        self._span = span(intensity, "intensity", low=0, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        axis, ghosts = one_axis(rng, self.axes, lattice), whole(rng, self._counts)
        ghosts = min(ghosts, max(2, lattice.shape[axis] // 2))
        return {"axis": axis, "ghosts": ghosts, "intensity": uniform(rng, self._span), "centre": self.centre}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        n = image.lattice.shape[drawn["axis"]]
        line = np.arange(n // 2 + 1)
        weak = (line % drawn["ghosts"] == 0) & (line > drawn["centre"] * n / 2)
        return weighted(image.values, 1 - drawn["intensity"] * weak, drawn["axis"])
