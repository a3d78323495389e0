"""The learners that judge: a penalised linear model and a boosted tree ensemble, fixed beforehand, never tuned here.

They are two of different kinds on purpose: what helps only one of them is a fact about that learner.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from fewfold.core.cards import Target
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.encoding import Encoder
from fewfold.data.schema import Variable

MAX_CATEGORIES = 250  # the boosting library takes fewer than 255 levels of one variable


class Learner(ABC):
    """Fits on training rows and predicts others. ``params`` is what goes into the report."""

    name: ClassVar[str]
    title: ClassVar[str]
    params: ClassVar[dict[str, Any]]

    def fit_predict(self, train: Cohort, test: Cohort, *, weights: Floats | None = None) -> Floats:
        """Predictions for ``test``: (n,) probability of class 1, (n, classes), or (n,) values."""
        target = train.schema.target
        classes = len(target.levels or ()) if target else 0
        return self.predict(train.matrix, train.y, test.matrix, train.schema.features, train.task, classes, weights)

    def predict(
        self,
        x: Floats,
        y: Floats,
        x_test: Floats,
        variables: Sequence[Variable],
        task: Target,
        classes: int,
        weights: Floats | None = None,
    ) -> Floats:
        """As ``fit_predict``, on matrices coded as ``Cohort.matrix``; ``classes`` is the number of levels."""
        a, b, used = self._prepare(x, x_test, variables)
        if task == "continuous":
            return self._values(a, y, b, used, weights)
        seen, shares = np.unique(y, return_counts=True)
        if len(seen) == 1 or not a.shape[1]:  # nothing to learn: predict what was seen
            return _spread(np.tile(shares / len(y), (len(b), 1)), seen, task, classes)
        model = self._classifier(used).fit(a, y, sample_weight=weights)
        return _spread(model.predict_proba(b), model.classes_, task, classes)

    def _values(self, a: Floats, y: Floats, b: Floats, used: Sequence[Variable], weights: Floats | None) -> Floats:
        if not a.shape[1]:
            return np.full(len(b), y.mean())
        values: Floats = self._regressor(used).fit(a, y, sample_weight=weights).predict(b)
        return values

    @abstractmethod
    def _prepare(
        self, x: Floats, x_test: Floats, variables: Sequence[Variable]
    ) -> tuple[Floats, Floats, Sequence[Variable]]:
        """What the model is fitted on, what it predicts from, and the variables used; learned on ``x`` alone."""

    @abstractmethod
    def _classifier(self, variables: Sequence[Variable]) -> Any: ...

    @abstractmethod
    def _regressor(self, variables: Sequence[Variable]) -> Any: ...


class Linear(Learner):
    """L2-penalised logistic regression, or ridge regression, on standardised, imputed and encoded features."""

    name = "logistic"
    title = "Penalised logistic regression (ridge for a continuous target)"
    params: ClassVar[dict[str, Any]] = {"C": 1.0, "penalty": "l2", "max_iter": 2000}

    def _prepare(
        self, x: Floats, x_test: Floats, variables: Sequence[Variable]
    ) -> tuple[Floats, Floats, Sequence[Variable]]:
        encoder = Encoder.fit(x, variables)
        return encoder.transform(x), encoder.transform(x_test), variables

    def _classifier(self, variables: Sequence[Variable]) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.params["C"], max_iter=self.params["max_iter"])

    def _regressor(self, variables: Sequence[Variable]) -> Any:
        from sklearn.linear_model import Ridge

        return Ridge(alpha=1 / self.params["C"])


class Boosting(Learner):
    """Histogram gradient boosting with shallow trees; missing values and nominal levels are handled natively."""

    name = "boosting"
    title = "Gradient-boosted trees"
    params: ClassVar[dict[str, Any]] = {
        "max_iter": 100,
        "learning_rate": 0.05,
        "max_depth": 3,
        "min_samples_leaf": 10,
        "l2_regularization": 1.0,
        "early_stopping": False,
        "random_state": 0,
    }

    def _prepare(
        self, x: Floats, x_test: Floats, variables: Sequence[Variable]
    ) -> tuple[Floats, Floats, Sequence[Variable]]:
        told = np.flatnonzero(np.fmax.reduce(x, axis=0) > np.fmin.reduce(x, axis=0))  # not empty, not constant
        return x[:, told], x_test[:, told], [variables[j] for j in told.tolist()]

    def _classifier(self, variables: Sequence[Variable]) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(categorical_features=_nominal(variables), **self.params)

    def _regressor(self, variables: Sequence[Variable]) -> Any:
        from sklearn.ensemble import HistGradientBoostingRegressor

        return HistGradientBoostingRegressor(categorical_features=_nominal(variables), **self.params)


LEARNERS: dict[str, Learner] = {learner.name: learner for learner in (Linear(), Boosting())}


def _nominal(variables: Sequence[Variable]) -> list[bool]:
    return [v.kind == "categorical" and len(v.levels or ()) < MAX_CATEGORIES for v in variables]


def _spread(probability: Floats, seen: Floats, task: Target, classes: int) -> Floats:
    """Probabilities of the classes seen in training, spread over all classes."""
    full = np.zeros((len(probability), classes))
    full[:, np.asarray(seen, dtype=np.int64)] = probability
    return full[:, 1] if task == "binary" else full
