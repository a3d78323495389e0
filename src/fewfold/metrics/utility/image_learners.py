"""The learners of images by name."""

from __future__ import annotations

from fewfold.metrics.utility.image_learner import ImageLearner
from fewfold.metrics.utility.small_network import SmallNetwork

IMAGE_LEARNERS: dict[str, ImageLearner] = {learner.name: learner for learner in (SmallNetwork(),)}
