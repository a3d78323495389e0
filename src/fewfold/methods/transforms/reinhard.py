"""Colour transfer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Range, Transform, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.opponent import jittered, towards
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.stain_target import checked


class Reinhard(Transform):
    """Moves the mean and the standard deviation of the colours, in the space l, alpha, beta of Reinhard et al. (2001).

    By chance, where ``target`` is None: ``shift`` is how far each mean moves, as a share of the image's own standard
    deviation, and ``factor`` what each standard deviation is multiplied by, both drawn evenly (the ranges are chosen
    here; none is published in these units). Or towards a target: the ``mean`` and ``sd`` that
    :func:`fewfold.methods.transforms.stain_target.stain_target` gives of training images; ``share`` is how much of the
    way, drawn evenly. An image that is blank comes back unchanged where there is a target. For images in red, green
    and blue.
    """

    card = MethodCard(
        name="reinhard",
        title="Colour transfer",
        family="transform",
        modalities=("image",),
        summary="Moves the mean and spread of colours, at random or towards a target.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="a logarithm and a power for each value",
        references=("10.1109/38.946629",),
    )
    colour = True
    strengths = MappingProxyType({"shift": about(0), "factor": about(1), "share": about(0)})

    def __init__(
        self,
        *,
        shift: Range = 0.25,
        factor: tuple[float, float] = (0.9, 1.1),
        target: Mapping[str, Any] | None = None,
        share: tuple[float, float] = (0.0, 1.0),
        p: float = 1.0,
    ) -> None:
        self.shift, self.factor, self.share, self.p = as_json(shift), as_json(factor), as_json(share), chance(p)
        self.target = None if target is None else checked(target, "mean", "sd")
        self._shift = span(shift, "shift", low=-10, high=10)
        self._factor = span(factor, "factor", low=0, high=10)
        self._share = span(share, "share", low=0, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        if self.target is not None:
            return {"mean": self.target["mean"], "sd": self.target["sd"], "share": uniform(rng, self._share)}
        return {
            "shift": [uniform(rng, self._shift) for _ in range(3)],
            "factor": [uniform(rng, self._factor) for _ in range(3)],
        }

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values = native(image.values)
        if "share" in drawn:
            made = towards(values, image.levels, np.array(drawn["mean"]), np.array(drawn["sd"]), drawn["share"])
        else:
            made = jittered(values, image.levels, np.array(drawn["shift"]), np.array(drawn["factor"]))
        return image._replace(values=made)
