"""Principal components of the values of images."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Image
from fewfold.data.cohort import Cohort
from fewfold.methods.image_models.base import ImageMethod, Plan
from fewfold.methods.image_models.components import Components, check_spread
from fewfold.methods.rowwise import deal
from fewfold.methods.transforms.engine.storage import stored


class PcaAppearance(ImageMethod):
    """The mean image of the class, or a training image, moved along the principal components of the training images.

    All images have one shape. ``around``: ``mean`` draws a new image about the mean, ``image`` moves a training image.
    ``share``: of the variance that the components hold, the largest first. Each coefficient is drawn from a normal
    distribution with the standard deviation of its component times ``strength``, and lies within ``limit`` standard
    deviations. Values stay within those of the training images of the class, and keep their type. Images are compared
    point by point: where they are not registered to each other, the mean is blurred, and so is what is made from it.
    Made images have no mask: edges move with the values. About the mean, the affine is that of the first image.
    """

    card = MethodCard(
        name="pca_appearance",
        title="Principal components of appearance",
        family="generator",
        summary="Images moved along the directions in which the training images of the class differ most.",
        targets=(*CLASSES, "none"),
        modalities=("image", "volume"),
        min_subjects=3,
        min_per_class=3,
        may_destroy=("fine detail", "rare findings", "noise and texture"),
        cost="one singular value decomposition of the training images",
        references=("10.1109/34.927467",),
    )

    def __init__(
        self,
        *,
        around: Literal["mean", "image"] = "mean",
        share: float = 0.95,
        limit: float = 3.0,
        strength: float = 1.0,
    ) -> None:
        check_spread(share, limit, strength)
        if around not in ("mean", "image"):
            raise BadInput(expected="around to be 'mean' or 'image'", found=repr(around), fix="Pass one of them.")
        self.around, self.share, self.limit, self.strength = around, share, limit, strength

    def _fit(self, cohort: Cohort) -> None:
        self.images.check_alike()
        self.models: dict[int, tuple[Components, tuple[float, float]]] = {}
        for code in np.unique(self.codes).tolist():
            rows = [self.images[row].pixels.ravel() for row in np.flatnonzero(self.codes == code).tolist()]
            values: Floats = np.array(rows, dtype=np.float64)
            self.models[code] = Components.of(values, self.share), (float(values.min()), float(values.max()))

    def _draw(self, code: int, n: int, rng: Rng) -> list[Plan]:
        model, _ = self.models[code]
        pool = np.flatnonzero(self.codes == code)
        rows = [(int(row),) for row in deal(pool, n, rng)] if self.around == "image" else [()] * n
        return [Plan(own, {"coefficients": (self.strength * model.draw(self.limit, rng)).tolist()}) for own in rows]

    def _make(self, code: int, plan: Plan) -> Image:
        model, (low, high) = self.models[code]
        first = self.images[plan.rows[0] if plan.rows else int(np.flatnonzero(self.codes == code)[0])]
        start = first.pixels.ravel().astype(np.float64) if plan.rows else model.mean
        values = np.clip(start + model.away(np.array(plan.drawn["coefficients"])), low, high)
        pixels = stored(values.reshape(first.pixels.shape), first.pixels.dtype)
        return replace(first, pixels=pixels, masks=MappingProxyType({}), boxes=None, points=None)
