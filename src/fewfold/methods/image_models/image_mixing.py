"""Two training images of a class, mixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.data.blocks.image import Image
from fewfold.data.cohort import Cohort
from fewfold.methods.image_models.base import ImageMethod, Plan
from fewfold.methods.mixing.base import Mixing
from fewfold.methods.mixing.carvemix import CarveMix
from fewfold.methods.mixing.cutmix import CutMix
from fewfold.methods.mixing.labelled import Labelled
from fewfold.methods.mixing.lesion_paste import LesionPaste
from fewfold.methods.mixing.mixup import Mixup
from fewfold.methods.rowwise import deal

MIXINGS: dict[str, type[Mixing]] = {kind.name: kind for kind in (CarveMix, CutMix, LesionPaste, Mixup)}
TRIES = 20  # partners for an image that cannot be mixed with the one that was drawn


class ImageMixing(ImageMethod):
    """A training image mixed with another one of its class, so that the label stays what it is.

    ``mixing``: carvemix, cutmix, lesion_paste or mixup (:mod:`fewfold.methods.mixing`), with its ``options``. ``mask``:
    that of the lesions; where there is one it is mixed with the image. A partner with which an image cannot be mixed is
    drawn again; ``NotApplicable`` where 20 could not.
    """

    card = MethodCard(
        name="image_mixing",
        title="Mixed images",
        family="oversampler",
        summary="A training image with something of another one of its class.",
        targets=CLASSES,
        modalities=("image", "volume"),
        min_subjects=4,
        min_per_class=2,
        may_destroy=("edges and texture, in blends", "where things lie, in what is put together", "calibration"),
        cost="two images read for each made one",
        references=("10.1109/ICCV.2019.00612",),
    )

    def __init__(
        self, *, mixing: str = "cutmix", options: Mapping[str, Any] | None = None, mask: str | None = None
    ) -> None:
        if mixing not in MIXINGS:
            raise BadInput(expected=f"a mixing: {', '.join(MIXINGS)}", found=repr(mixing), fix="Name one of them.")
        self.mixing, self.options, self.mask = mixing, dict(options or {}), mask
        self._mixing: Any = MIXINGS[mixing](**self.options)

    def _fit(self, cohort: Cohort) -> None:
        if self.mask is not None and any(self.mask not in image.masks for image in self.images):
            raise BadInput(
                expected=f"a mask called {self.mask} on each image", found="none on some", fix="Name another, or none."
            )

    def _draw(self, code: int, n: int, rng: Rng) -> list[Plan]:
        own = np.flatnonzero(self.codes == code)
        return [self._pair(int(row), own[own != row], rng) for row in deal(own, n, rng)]

    def _pair(self, row: int, others: Any, rng: Rng) -> Plan:
        reason, first = "", self._labelled(row)
        for _ in range(TRIES):
            other = int(rng.choice(others))
            second = self._labelled(other)
            try:
                drawn = self._mixing.draw(rng, first, second)
                self._mixing.apply(first, second, drawn)  # some see only now that they cannot
            except NotApplicable as absent:
                reason = absent.reason
            else:
                return Plan((row, other), drawn)
        raise NotApplicable(f"{self.card.name} found no partner for a training image in {TRIES} draws: {reason}")

    def _make(self, code: int, plan: Plan) -> Image:
        first, second = (self._labelled(row) for row in plan.rows)
        made = self._mixing.apply(first, second, plan.drawn)
        masks = {} if self.mask is None else {self.mask: made.mask}
        image = self.images[plan.rows[0]]
        return replace(image, pixels=made.values, masks=MappingProxyType(masks), boxes=None, points=None)

    def _labelled(self, row: int) -> Labelled:
        image = self.images[row]
        spacing = tuple(map(float, image.spacing or (1.0,) * len(image.grid)))
        return Labelled(image.pixels, spacing, mask=None if self.mask is None else image.masks[self.mask])
