"""Images of a model as an arm of a study: made from training images, read into features as those are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.blocks.images import BLOCK
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.provenance import Provenance
from fewfold.methods.drawn import Drawn, synthetic_cohort
from fewfold.methods.image_models.base import IMAGE_METHODS
from fewfold.methods.image_rows import ImageRows, Picture, in_words
from fewfold.methods.training import check_training


class ImageModel(ImageRows):
    """Images that a model makes from training images, and their features.

    For cohorts that :func:`fewfold.data.features.cohort.featured` gave features. ``model``: the name of an image
    method, such as ``image_smote`` or ``pca_deformation``; ``params``: its parameters. ``mask`` and ``value_range``:
    those that the features were read with. Other columns are those of the first parent, or of a training row of the
    class where there is none.
    """

    card = MethodCard(
        name="image_model",
        title="Images of a model",
        family="generator",
        modalities=("image", "volume"),
        summary="Images made by a model of training images, read into features as the training images are.",
        targets=CLASSES,
        min_subjects=4,
        min_per_class=2,
        may_destroy=("what the model may destroy",),
        cost="the model, and the features of each image",
        references=("10.1109/34.927467",),
    )

    def __init__(
        self,
        *,
        model: str = "image_smote",
        params: Mapping[str, Any] | None = None,
        mask: str | None = None,
        value_range: Sequence[float] | None = None,
    ) -> None:
        super().__init__(mask, value_range)
        self.model, self.parameters = model, dict(params or {})
        IMAGE_METHODS.get(model)(**self.parameters)

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter with its value."""
        return {"model": self.model, "params": self.parameters, "mask": self.mask, "value_range": self.value_range}

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        super()._fit(cohort, rng)
        check_training(IMAGE_METHODS.get(self.model).card, cohort)
        self._learn()

    def _learn(self) -> None:
        """From values and images alone, so that a method that was saved learns the same; a row is told by its place."""
        rows = synthetic_cohort(self.schema, Drawn(self.values), Provenance.real(len(self.values)))
        self._model = IMAGE_METHODS.get(self.model)(**self.parameters)
        self._model.fit(rows.with_block(BLOCK, self.images).as_part("train"))

    def _made(self, labels: Floats | None, n: int, rng: Rng) -> Iterator[tuple[int, Picture]]:
        assert labels is not None and self.schema.target is not None
        levels = order_of_levels(self.schema.target)
        rows = self._draw_rows(labels, n, rng)
        for code in np.unique(labels):
            places = np.flatnonzero(labels == code)
            records = self._model.draw(rng=rng, per_class={levels[int(code)]: len(places)})
            for place, record in zip(places.tolist(), records, strict=True):
                row = record.parents[0] if record.parents else int(rows[place])
                again = partial(self._model.make, record)
                yield place, Picture(row, record.parents, again(), in_words(record.drawn), again)

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        super()._restore(arrays, state)
        self._learn()
