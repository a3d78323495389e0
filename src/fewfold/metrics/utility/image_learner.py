"""What a learner of images is: it fits on training images and predicts others, without features in between."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from fewfold.core.cards import Target
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.blocks.images import Images
from fewfold.metrics.utility.learners import spread


class ImageLearner(ABC):
    """What it costs does not depend on how many images there are: a number of steps is fixed beforehand, so that arms
    with more images do not train longer. ``params`` is what goes into the report."""

    name: ClassVar[str]
    title: ClassVar[str]
    params: ClassVar[dict[str, Any]]

    def fit_predict(self, train: Images, y: Floats, test: Images, task: Target, classes: int, *, rng: Rng) -> Floats:
        """Predictions for ``test``: (n,) probability of class 1, (n, classes), or (n,) values.

        ``y``: (n,) the class of each training image, from 0, or its value. ``classes``: the number of levels; one that
        no training image has is given the probability 0. Raises ``BadInput`` where there is no training image, or one
        on either side has a value that is missing or infinite, or images differ in axes or channels; ``ValueError``
        where ``y`` has another length than ``train``.
        """
        if not len(train):
            raise BadInput(expected="one or more images to learn from", found="none", fix="Add training images.")
        if len(y) != len(train):
            raise ValueError(f"{len(train)} training images have {len(y)} outcomes")
        if task == "continuous":
            middle, scale = float(y.mean()), float(y.std())
            if scale == 0:
                return np.full(len(test), middle)
            return middle + scale * self._values(train, (y - middle) / scale, test, rng)
        seen, codes = np.unique(y, return_inverse=True)
        if len(seen) == 1:  # nothing to learn: predict what was seen
            return spread(np.ones((len(test), 1)), seen, task, classes)
        return spread(self._probabilities(train, codes, test, len(seen), rng), seen, task, classes)

    @abstractmethod
    def _values(self, train: Images, y: Floats, test: Images, rng: Rng) -> Floats:
        """(n,) predictions; ``y`` has the mean 0 and the standard deviation 1."""

    @abstractmethod
    def _probabilities(self, train: Images, codes: Ints, test: Images, classes: int, rng: Rng) -> Floats:
        """(n, classes); there is a training image of each of two or more classes."""
