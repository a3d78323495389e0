"""Mixup."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.methods.mixing.base import Draw, Mixing
from fewfold.methods.mixing.labelled import Labelled, blended, check_alike, shared_label


class Mixup(Mixing):
    """Blends all values of two samples, and their labels by the same shares (10.48550/arXiv.1710.09412).

    ``alpha``: the share of the first sample is drawn from a beta distribution with both parameters ``alpha``; small
    ones leave most samples nearly as they are. Raises ``BadInput`` for samples with a mask, whose whole labels cannot
    be blended.
    """

    name = "mixup"

    def __init__(self, *, alpha: float = 0.2) -> None:
        self.alpha = positive("alpha", alpha)

    def draw(self, rng: Rng, first: Labelled, second: Labelled) -> Draw:
        """The share of the first sample that is kept."""
        return {"kept": float(rng.beta(self.alpha, self.alpha))}

    def apply(self, first: Labelled, second: Labelled, drawn: Draw) -> Labelled:
        """Both samples, blended."""
        check_alike(first, second)
        if first.mask is not None or second.mask is not None:
            raise BadInput(
                expected="samples without a mask",
                found="a mask of whole labels, which cannot be blended",
                fix="Leave the mask out, or mix with cutmix.",
            )
        values = blended(first.values, second.values, 1 - drawn["kept"])
        return replace(first, values=values, label=shared_label(first, second, drawn["kept"]), region=None)


def positive(name: str, value: float) -> float:
    """``value`` if it is above 0 and finite, else ``BadInput``."""
    if not 0 < value < np.inf:
        raise BadInput(expected=f"{name} above 0", found=repr(value), fix=f"Pass {name}=1.0, say.")
    return value
