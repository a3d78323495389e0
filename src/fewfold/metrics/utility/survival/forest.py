"""A survival forest: the learner of survival that sees interactions."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from fewfold.core.types import Floats
from fewfold.metrics.utility.survival.learner import SurvivalLearner


class SurvivalForest(SurvivalLearner):
    """Trees grown on log-rank scores, the residuals of a model without features (Hothorn & Lausen 2003,
    10.1016/S0167-9473(02)00225-6), and for each patient one curve: the Nelson-Aalen estimate of the training rows that
    share leaves with it, weighed by how often they do and by how small the leaf is (bagging of survival trees, Hothorn
    et al. 2004, 10.1002/sim.1593)."""

    name = "survival_forest"
    title = "Survival forest"
    params: ClassVar[dict[str, Any]] = {
        "n_estimators": 100,
        "min_samples_leaf": 10,
        "max_features": 1 / 3,
        "random_state": 0,
    }

    def _curves(self, x: Floats, y: Floats, x_test: Floats, times: Floats) -> Floats:
        from sklearn.ensemble import RandomForestRegressor

        ended, happened = np.abs(y), (y > 0).astype(np.float64)
        alike = np.ones((1, len(y)))
        scores = happened - _hazard(alike, y, ended)[0]
        forest = RandomForestRegressor(**self.params).fit(x, scores)
        weights = np.zeros((len(x_test), len(y)))
        for own, other in zip(forest.apply(x).T, forest.apply(x_test).T, strict=True):
            weights += (other[:, None] == own) / np.bincount(own)[other][:, None]
        curves: Floats = np.exp(-_hazard(weights, y, times))
        return curves


def _hazard(weights: Floats, y: Floats, at: Floats) -> Floats:
    """(k, times) Nelson-Aalen estimates of the cumulative hazard, one for each row of ``weights`` (k, n)."""
    order = np.argsort(np.abs(y), kind="stable")
    ended, weighed = np.abs(y)[order], weights[:, order]
    first = np.searchsorted(ended, ended, "left")  # of those who end at one time
    left = np.cumsum(weighed[:, ::-1], axis=1)[:, ::-1][:, first]
    steps = np.divide(weighed * (y[order] > 0), left, out=np.zeros_like(weighed), where=left > 0)
    hazard = np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))
    found: Floats = hazard[:, np.searchsorted(ended, at, "right")]
    return found
