"""Gibbs ringing."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.acquisition import Acquisition, axes_of
from fewfold.methods.transforms.base import Draw, Image, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal, weighted
from fewfold.methods.transforms.engine.lattice import Lattice


class Gibbs(Acquisition):
    """Cuts k-space off beyond a frequency, as a small acquisition matrix does: edges ring, fine structure is lost.

    ``kept``: the share of lines that stay, about the centre of k-space, drawn evenly for each axis. ``axes``: those
    along which k-space is cut off; all by default. The range is chosen here; Kellner et al. (2016) explain the
    artefact.
    """

    card = MethodCard(
        name="gibbs",
        title="Gibbs ringing",
        family="transform",
        modalities=("image", "volume"),
        summary="Lets edges ring, as an acquisition of few lines does.",
        min_subjects=1,
        may_destroy=("texture", "intensity"),
        cost="two Fourier transforms along each axis",
        references=("10.1002/mrm.26054",),
    )
    strengths = MappingProxyType({"kept": about(1)})

    def __init__(self, *, kept: Range = (0.5, 0.9), axes: Sequence[int] | None = None, p: float = 1.0) -> None:
        self.kept, self.axes, self.p = as_json(kept), as_json(axes), chance(p)
        self._span = span(kept, "kept", low=0, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        cut = axes_of(self.axes, lattice)
        return {"kept": [uniform(rng, self._span) if axis in cut else 1.0 for axis in range(lattice.ndim)]}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        signal: Signal = image.values
        for axis, (kept, n) in enumerate(zip(drawn["kept"], image.lattice.shape, strict=True)):
            if kept < 1:
                signal = weighted(signal, (np.arange(n // 2 + 1) <= kept * n / 2).astype(np.float64), axis)
        return signal
