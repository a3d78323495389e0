"""Normalisation of stains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, chance
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.stain import coloured, densities, pseudo_maxima, stain_matrix
from fewfold.methods.transforms.stain_target import checked, given


class MacenkoNormalisation(Transform):
    """Gives the two stains of an image the colours and the strengths of a target, as Macenko et al. (2009).

    The stains are told from the image itself: see ``stain_matrix``. Each takes the colour that the target has for it,
    and its concentrations are scaled to the target's 99th percentile. ``target``: the ``stains`` and their
    ``concentrations``, as :func:`fewfold.methods.transforms.stain_target.stain_target` gives them of training images;
    other keys of it are not read. Nothing is random. What is neither stain stays. An image with too little tissue comes
    back unchanged: less than a hundredth of it, or one stain alone.

    Light must be white where there is no tissue. A patch that has one stain and much noise is taken for one with two:
    hand in whole fields rather than small patches. For bright-field images in red, green and blue.
    """

    card = MethodCard(
        name="macenko_normalisation",
        title="Normalisation of stains",
        family="transform",
        modalities=("image",),
        summary="Gives the two stains of an image the colours and the strengths of a target.",
        min_subjects=1,
        may_destroy=("intensity", "intensity ratio"),
        cost="one estimate of two stains, and one mixture of three densities",
        references=("10.1109/ISBI.2009.5193250",),
    )
    colour = True

    def __init__(self, *, target: Mapping[str, Any] | None = None, p: float = 1.0) -> None:
        self.target, self.p = None if target is None else checked(target, "stains", "concentrations"), chance(p)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        target = given(self.target, self.card.name)
        return {"stains": target["stains"], "concentrations": target["concentrations"]}

    def _apply(self, image: Image, drawn: Draw) -> Image:
        values = native(image.values)
        found = densities(values, image.levels).reshape(-1, 3)
        stains = stain_matrix(found)
        if stains is None:
            return image._replace(values=values)
        scale = np.divide(drawn["concentrations"], pseudo_maxima(found, stains))
        mixture = np.eye(3) + np.linalg.pinv(stains) @ (np.diag(scale) @ drawn["stains"] - stains)
        found = found @ mixture.astype(np.float32)
        return image._replace(values=coloured(found.reshape(values.shape), image.levels, values.dtype))
