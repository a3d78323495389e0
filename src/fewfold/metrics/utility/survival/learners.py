"""The learners of survival, of two kinds on purpose: a linear one, and one that sees interactions."""

from __future__ import annotations

from fewfold.metrics.utility.survival.cox import Cox
from fewfold.metrics.utility.survival.forest import SurvivalForest
from fewfold.metrics.utility.survival.learner import SurvivalLearner

SURVIVAL_LEARNERS: dict[str, SurvivalLearner] = {learner.name: learner for learner in (Cox(), SurvivalForest())}
