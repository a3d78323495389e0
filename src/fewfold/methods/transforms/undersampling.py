"""Undersampling of k-space."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.acquisition import Acquisition, one_axis, share
from fewfold.methods.transforms.base import Draw, Image, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal, composed, frequencies
from fewfold.methods.transforms.engine.lattice import Lattice


class Undersampling(Acquisition):
    """Leaves lines of k-space out at random, outside a centre that stays, and takes the magnitude of what remains.

    ``acceleration``: how many lines there are for each one that stays, drawn evenly. ``centre``: the share of lines
    around the centre of k-space that all stay; where the acceleration asks for fewer, they alone do. ``axes``: those of
    which one is drawn to be the phase-encoding axis; all by default. Missing lines are zero. Of the default the
    fastest, 4, with a centre of 0.08, is that of fastMRI (Knoll et al. 2020); that it starts at 1.5 is chosen here.
    """

    card = MethodCard(
        name="undersampling",
        title="Undersampling of k-space",
        family="transform",
        modalities=("image", "volume"),
        summary="Leaves lines of k-space out, as accelerated acquisition does, without a reconstruction.",
        min_subjects=1,
        may_destroy=("texture", "intensity", "intensity ratio"),
        cost="two Fourier transforms along one axis",
        references=("10.1148/ryai.2020190007",),
    )
    strengths = MappingProxyType({"acceleration": about(1)})

    def __init__(
        self,
        *,
        acceleration: Range = (1.5, 4.0),
        centre: float = 0.08,
        axes: Sequence[int] | None = None,
        p: float = 1.0,
    ) -> None:
        self.acceleration, self.centre = as_json(acceleration), share(centre, "centre")
        self.axes, self.p = as_json(axes), chance(p)
        self._span = span(acceleration, "acceleration", low=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        axis = one_axis(rng, self.axes, lattice)
        lines = frequencies(lattice.shape[axis])
        outwards = lines[np.argsort(np.abs(lines), kind="stable")]
        centre = max(1, round(self.centre * len(lines)))
        more = max(0, round(len(lines) / uniform(rng, self._span)) - centre)
        others = rng.permutation(outwards[centre:])[:more]
        return {"axis": axis, "lines": sorted([*outwards[:centre].tolist(), *others.tolist()])}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        return composed([(image.values, np.array(drawn["lines"], dtype=np.int64))], drawn["axis"])
