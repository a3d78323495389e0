"""All that judges, by name, whatever it reads: rows, images, or the masks on images."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from fewfold.core.optional import require
from fewfold.metrics.utility.image_learner import ImageLearner
from fewfold.metrics.utility.image_learners import IMAGE_LEARNERS
from fewfold.metrics.utility.learners import LEARNERS, Learner
from fewfold.metrics.utility.segmentation.segmenter import Segmenter
from fewfold.metrics.utility.segmentation.segmenters import SEGMENTERS
from fewfold.metrics.utility.survival.learner import SurvivalLearner
from fewfold.metrics.utility.survival.learners import SURVIVAL_LEARNERS

JUDGES: Mapping[str, Learner | SurvivalLearner | ImageLearner | Segmenter] = {
    **LEARNERS,
    **SURVIVAL_LEARNERS,
    **IMAGE_LEARNERS,
    **SEGMENTERS,
}
LIBRARIES = {"small_network": ("torch", "neural"), "small_unet": ("torch", "neural"), "cox": ("lifelines", "survival")}


def installed(name: str) -> bool:
    """Whether the library that a judge needs is there."""
    return name not in LIBRARIES or find_spec(LIBRARIES[name][0]) is not None


def check_installed(name: str) -> None:
    """Raise ``MissingExtra`` where a judge lacks its library."""
    if name in LIBRARIES:
        library, extra = LIBRARIES[name]
        require(library, extra=extra)


def of_images(name: str) -> bool:
    """Whether it reads images, and not rows."""
    return name in IMAGE_LEARNERS or name in SEGMENTERS
