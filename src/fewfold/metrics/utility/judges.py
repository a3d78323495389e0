"""All that judges, by name, whatever it reads: rows, images, or the masks on images."""

from __future__ import annotations

from collections.abc import Mapping

from fewfold.core.optional import require
from fewfold.metrics.utility.image_learner import ImageLearner
from fewfold.metrics.utility.image_learners import IMAGE_LEARNERS
from fewfold.metrics.utility.learners import LEARNERS, Learner
from fewfold.metrics.utility.segmentation.segmenter import Segmenter
from fewfold.metrics.utility.segmentation.segmenters import SEGMENTERS

JUDGES: Mapping[str, Learner | ImageLearner | Segmenter] = {**LEARNERS, **IMAGE_LEARNERS, **SEGMENTERS}

NEURAL = frozenset({"small_network", "small_unet"})  # what needs torch


def check_installed(name: str) -> None:
    """Raise ``MissingExtra`` where a judge lacks its library."""
    if name in NEURAL:
        require("torch", extra="neural")


def of_images(name: str) -> bool:
    """Whether it reads images, and not rows."""
    return name not in LEARNERS
