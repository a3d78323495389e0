"""CutMix."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.methods.mixing.base import Draw, Mixing
from fewfold.methods.mixing.labelled import Labelled, check_alike, shared_label
from fewfold.methods.mixing.mixup import positive


class CutMix(Mixing):
    """Puts a box of the second sample in its place into the first (10.1109/ICCV.2019.00612), in planes and in space.

    The box has the proportions of the image and its middle anywhere; what goes beyond an edge is cut off. Its share is
    drawn from a beta distribution with both parameters ``alpha``. The labels have the exact shares of points. A mask
    is put together as the values are.
    """

    name = "cutmix"

    def __init__(self, *, alpha: float = 1.0) -> None:
        self.alpha = positive("alpha", alpha)

    def draw(self, rng: Rng, first: Labelled, second: Labelled) -> Draw:
        """The limits of the box, as in a slice."""
        grid = np.array(first.grid)
        side = grid * rng.beta(self.alpha, self.alpha) ** (1 / first.dims)
        middle = rng.random(first.dims) * grid
        limits = (np.clip(np.rint(middle + sign * side / 2), 0, grid).astype(int).tolist() for sign in (-1, 1))
        return dict(zip(("low", "high"), limits, strict=True))

    def apply(self, first: Labelled, second: Labelled, drawn: Draw) -> Labelled:
        """The first sample with the box of the second."""
        check_alike(first, second)
        box = tuple(slice(low, high) for low, high in zip(drawn["low"], drawn["high"], strict=True))
        values = first.values.copy()
        values[box] = second.values[box]
        mask = None
        if first.mask is not None and second.mask is not None:
            mask = first.mask.copy()
            mask[box] = second.mask[box]
        kept = 1 - prod(s.stop - s.start for s in box) / prod(first.grid)
        return replace(first, values=values, mask=mask, label=shared_label(first, second, kept), region=None)
