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
MOST_VALUES = 200  # of a number in two-step training, fewer than that library's bins
UNHEARD = 1e-6  # weight of the rows whose turn it is not


class Learner(ABC):
    """Fits on training rows and predicts others. ``params`` is what goes into the report."""

    name: ClassVar[str]
    title: ClassVar[str]
    params: ClassVar[dict[str, Any]]

    def fit_predict(
        self, train: Cohort, test: Cohort, *, weights: Floats | None = None, n_real: int | None = None
    ) -> Floats:
        """Predictions for ``test``: (n,) probability of class 1, (n, classes), or (n,) values. ``n_real`` as in
        :meth:`predict`."""
        target = train.schema.target
        classes = len(target.levels or ()) if target else 0
        variables = train.schema.features
        return self.predict(train.matrix, train.y, test.matrix, variables, train.task, classes, weights, n_real)

    def predict(
        self,
        x: Floats,
        y: Floats,
        x_test: Floats,
        variables: Sequence[Variable],
        task: Target,
        classes: int,
        weights: Floats | None = None,
        n_real: int | None = None,
    ) -> Floats:
        """As ``fit_predict``, on matrices coded as ``Cohort.matrix``; ``classes`` is the number of levels.

        With ``n_real`` the model is trained in two steps, without ``weights``: first on the rows after the first
        ``n_real``, which are synthetic, and then on those, which are real, so that patients have the last word. Linear
        models: the coefficients of the first fit are the centre of the penalty in the second; the intercept is free.
        Boosting: the first half of the trees is grown on synthetic rows, the other half on real ones. Without synthetic
        rows both are the same.
        """
        a, b, used = self._prepare(x, x_test, variables)
        if task == "continuous":
            if not a.shape[1]:
                return np.full(len(b), y.mean())
            values: Floats = self._fitted(a, y, task, used, weights, n_real).predict(b)
            return values
        seen, shares = np.unique(y, return_counts=True)
        if len(seen) == 1 or not a.shape[1]:  # nothing to learn: predict what was seen
            return spread(np.tile(shares / len(y), (len(b), 1)), seen, task, classes)
        model = self._fitted(a, y, task, used, weights, n_real)
        return spread(model.predict_proba(b), model.classes_, task, classes)

    def _fitted(
        self, x: Floats, y: Floats, task: Target, used: Sequence[Variable], weights: Floats | None, n_real: int | None
    ) -> Any:
        model = self._model(task, used)
        if n_real is None or not 0 < n_real < len(y):
            return model.fit(x, y, sample_weight=weights)
        return self._tuned(model, x, y, n_real)

    @abstractmethod
    def _prepare(
        self, x: Floats, x_test: Floats, variables: Sequence[Variable]
    ) -> tuple[Floats, Floats, Sequence[Variable]]:
        """What the model is fitted on, what it predicts from, and the variables used; learned on ``x`` alone."""

    @abstractmethod
    def _model(self, task: Target, variables: Sequence[Variable]) -> Any:
        """An unfitted classifier, or a regressor for a continuous target."""

    @abstractmethod
    def _tuned(self, model: Any, x: Floats, y: Floats, n_real: int) -> Any:
        """The model fitted to the rows after the first ``n_real``, and then to those."""


class Linear(Learner):
    """An L2-penalised linear model on standardised, imputed and encoded features."""

    def _prepare(
        self, x: Floats, x_test: Floats, variables: Sequence[Variable]
    ) -> tuple[Floats, Floats, Sequence[Variable]]:
        encoder = Encoder.fit(x, variables)
        return encoder.transform(x), encoder.transform(x_test), variables


class Logistic(Linear):
    """L2-penalised logistic regression, for classes."""

    name = "logistic"
    title = "Penalised logistic regression"
    params: ClassVar[dict[str, Any]] = {"C": 1.0, "penalty": "l2", "max_iter": 2000}

    def _model(self, task: Target, variables: Sequence[Variable]) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.params["C"], max_iter=self.params["max_iter"])

    def _tuned(self, model: Any, x: Floats, y: Floats, n_real: int) -> Any:
        model.classes_ = np.unique(y)
        rows = 1 if len(model.classes_) == 2 else len(model.classes_)
        centre, start = np.zeros((rows, x.shape[1])), np.zeros(rows)
        seen = np.isin(model.classes_, y[n_real:])
        if seen.sum() > 1:
            first = self._model("multiclass", ()).fit(x[n_real:], y[n_real:])
            if seen.all():
                centre, start = first.coef_, first.intercept_
            else:  # a class that no synthetic row has starts from nothing
                apart = first.coef_ if seen.sum() > 2 else np.vstack([-first.coef_, first.coef_]) / 2
                centre[seen] = apart
        model.coef_, model.intercept_ = _centred(x[:n_real], y[:n_real], model.classes_, centre, start, model.C)
        return model


class Ridge(Linear):
    """Ridge regression, for a continuous target."""

    name = "ridge"
    title = "Ridge regression"
    params: ClassVar[dict[str, Any]] = {"alpha": 1.0}

    def _model(self, task: Target, variables: Sequence[Variable]) -> Any:
        from sklearn.linear_model import Ridge as Regression

        return Regression(**self.params)

    def _tuned(self, model: Any, x: Floats, y: Floats, n_real: int) -> Any:
        centre = self._model("continuous", ()).fit(x[n_real:], y[n_real:]).coef_
        model.fit(x[:n_real], y[:n_real] - x[:n_real] @ centre)
        model.coef_ = model.coef_ + centre
        return model


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

    def _model(self, task: Target, variables: Sequence[Variable]) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingRegressor if task == "continuous" else HistGradientBoostingClassifier
        return kind(categorical_features=_nominal(variables), **self.params)

    def _tuned(self, model: Any, x: Floats, y: Floats, n_real: int) -> Any:
        real, nominal = np.arange(len(y)) < n_real, np.array(model.categorical_features)
        few = np.column_stack([c if keep else _few_values(c) for c, keep in zip(x.T, nominal, strict=True)])
        first = ~real
        if hasattr(model, "predict_proba"):  # a class that no synthetic row has is heard from the start
            first |= ~np.isin(y, y[n_real:])
        trees, leaf = self.params["max_iter"], self.params["min_samples_leaf"]
        for part, grown in ((first, trees // 2), (real, trees)):  # the same bins for both, so all rows are in both
            smallest = round(leaf * len(y) / part.sum())
            model.set_params(warm_start=True, max_iter=grown, min_samples_leaf=smallest)
            model.fit(few, y, sample_weight=np.where(part, 1.0, UNHEARD))
        return model


LEARNERS: dict[str, Learner] = {learner.name: learner for learner in (Logistic(), Ridge(), Boosting())}


_KINDS: dict[str, dict[Target, str]] = {
    "linear": {"binary": "logistic", "multiclass": "logistic", "continuous": "ridge", "survival": "cox"},
    "trees": {"binary": "boosting", "multiclass": "boosting", "continuous": "boosting", "survival": "survival_forest"},
}


def suited(name: str, task: Target) -> str:
    """The name of the learner of the same kind, linear or of trees, that fits a target."""
    return next((by_task.get(task, name) for by_task in _KINDS.values() if name in by_task.values()), name)


def _centred(x: Floats, y: Floats, classes: Floats, centre: Floats, start: Floats, c: float) -> tuple[Floats, Floats]:
    """Coefficients and intercepts of a logistic regression whose L2 penalty pulls the coefficients to ``centre``, and
    not to 0: one row for two classes, else one for each (softmax)."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    told = (y[:, None] == classes).astype(np.float64)
    rows, two = len(centre), len(centre) == 1

    def loss(flat: Floats) -> tuple[float, Floats]:
        free = flat.reshape(rows, -1)
        scores = x @ free[:, :-1].T + free[:, -1]
        logs = log_softmax(np.hstack([np.zeros((len(x), 1)), scores]) if two else scores, axis=1)
        off = (np.exp(logs) - told)[:, 1 if two else 0 :]
        away = free[:, :-1] - centre
        slope = np.hstack([off.T @ x + away / c, off.sum(axis=0)[:, None]])
        return float((away**2).sum() / (2 * c) - (told * logs).sum()), slope.ravel()

    first = np.hstack([centre, start[:, None]]).ravel()
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "gtol": 1e-6, "ftol": 1e-12})
    free = found.x.reshape(rows, -1)
    return free[:, :-1], free[:, -1]


def _few_values(column: Floats) -> Floats:
    """Each value as the nearest of some quantiles, where there are more values than the library has bins."""
    known = column[~np.isnan(column)]
    if len(np.unique(known)) <= MOST_VALUES:
        return column
    kept = np.unique(np.quantile(known, np.linspace(0, 1, MOST_VALUES)))
    nearest: Floats = kept[np.searchsorted((kept[1:] + kept[:-1]) / 2, column)]
    return np.where(np.isnan(column), np.nan, nearest)


def _nominal(variables: Sequence[Variable]) -> list[bool]:
    return [v.kind == "categorical" and len(v.levels or ()) < MAX_CATEGORIES for v in variables]


def spread(probability: Floats, seen: Floats, task: Target, classes: int) -> Floats:
    """Probabilities of the classes seen in training, spread over all classes."""
    full = np.zeros((len(probability), classes))
    full[:, np.asarray(seen, dtype=np.int64)] = probability
    return full[:, 1] if task == "binary" else full
