"""Training images drawn again."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.seeds import Rng
from fewfold.data.blocks.image import Image
from fewfold.data.cohort import Cohort
from fewfold.methods.image_models.base import ImageMethod, Plan
from fewfold.methods.rowwise import deal


class ImageDuplication(ImageMethod):
    """Random oversampling: copies of the training images of the class with all that lies on them, each about equally
    often. Whatever another method gains over this, it gains by more than weight."""

    card = MethodCard(
        name="image_duplication",
        title="Copies of images",
        family="control",
        summary="Copies of training images, every one about equally often.",
        targets=(*CLASSES, "none"),
        modalities=("image", "volume"),
        min_subjects=1,
        may_destroy=("independence of rows",),
        cost="none",
    )

    def _fit(self, cohort: Cohort) -> None:
        pass

    def _draw(self, code: int, n: int, rng: Rng) -> list[Plan]:
        return [Plan((int(row),), {}) for row in deal(np.flatnonzero(self.codes == code), n, rng)]

    def _make(self, code: int, plan: Plan) -> Image:
        return self.images[plan.rows[0]]
