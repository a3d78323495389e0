"""Normalisation of colours by their means and spreads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, chance
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.opponent import towards
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.stain_target import checked, given


class ReinhardNormalisation(Transform):
    """Gives an image the mean and the standard deviation of the colours of a target, as Reinhard et al. (2001).

    ``target``: the ``mean`` and ``sd`` of l, alpha and beta, as
    :func:`fewfold.methods.transforms.stain_target.stain_target` gives them of training images; other keys of it are not
    read. Nothing is random. Glass counts too: an image with more of it than the target gets other stains. An image that
    is blank comes back unchanged. For images in red, green and blue.
    """

    card = MethodCard(
        name="reinhard_normalisation",
        title="Normalisation of colours",
        family="transform",
        modalities=("image",),
        summary="Gives colours the mean and the spread of a target.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="a logarithm and a power for each value",
        references=("10.1109/38.946629",),
    )
    colour = True

    def __init__(self, *, target: Mapping[str, Any] | None = None, p: float = 1.0) -> None:
        self.target, self.p = None if target is None else checked(target, "mean", "sd"), chance(p)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        target = given(self.target, self.card.name)
        return {"mean": target["mean"], "sd": target["sd"]}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        mean, sd = np.array(drawn["mean"]), np.array(drawn["sd"])
        return image._replace(values=towards(native(image.values), image.levels, mean, sd, 1.0))
