"""All that judges, by name, whatever it reads: rows, images, or the masks on images."""

from __future__ import annotations

from collections.abc import Mapping

from fewfold.metrics.utility.learners import LEARNERS, Learner
from fewfold.metrics.utility.segmentation.segmenter import Segmenter
from fewfold.metrics.utility.segmentation.segmenters import SEGMENTERS

JUDGES: Mapping[str, Learner | Segmenter] = {**LEARNERS, **SEGMENTERS}


def of_images(name: str) -> bool:
    """Whether it reads images, and not rows."""
    return name not in LEARNERS
