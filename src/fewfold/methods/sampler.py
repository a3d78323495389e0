"""Any method as a sampler of imbalanced-learn, for pipelines that people have."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from imblearn.base import BaseSampler
from imblearn.utils import check_sampling_strategy
from sklearn.utils.multiclass import check_classification_targets

from fewfold.core.errors import BadInput
from fewfold.core.seeds import as_rng
from fewfold.core.types import Floats, Frame
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import Method
from fewfold.methods.base import method as method_named

_TARGET = "target"


class Sampler(BaseSampler):  # type: ignore[misc]  # imbalanced-learn carries no types
    """The method called ``method``, with ``params``, as a sampler: the real rows unchanged, then the synthetic ones.

    ``sampling_strategy`` is as in imbalanced-learn (``"auto"``: every class up to the largest; a dict: rows of each
    class afterwards), or ``"proportional"``: as many synthetic rows as real ones, in the proportions of the classes.
    ``X`` is an array or a DataFrame, with missing values where there are any. In a DataFrame floats are numbers,
    integers stay whole, dates stay dates, and strings, booleans and categories are levels (ordered categories ordinal).
    ``random_state`` is an integer, so that the same call gives the same rows; ``fitted_`` is the fitted method.

    Raises ``BadInput`` and ``NotApplicable`` as the method does.
    """

    _sampling_type = "over-sampling"

    def __init__(
        self, method: str = "smote", *, sampling_strategy: Any = "auto", random_state: int = 0, **params: Any
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.method = method
        self.random_state = random_state
        self.params = params

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the sampler, then those given for the method."""
        return {**super().get_params(deep), **self.params}

    def set_params(self, **values: Any) -> Self:
        """Change parameters of the sampler or of the method."""
        for name, value in values.items():
            if name in super().get_params(deep=False):
                setattr(self, name, value)
            else:
                self.params = {**self.params, name: value}
        return self

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the method on ``X``, (n, features), and classes ``y``, (n,)."""
        check_classification_targets(y)
        frame, labels = _as_frame(X), pd.Series(np.asarray(y))
        cohort = _cohort(frame, labels)
        self.n_features_in_ = frame.shape[1]
        self.fitted_: Method = method_named(self.method, **self.params).fit(cohort, rng=as_rng(self.random_state))
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """``X`` and ``y``, each followed by the synthetic rows, of the types that they came in."""
        return self._fit_resample(X, y)

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        self.fit(X, y)
        rng = as_rng(self.random_state).spawn(1)[0]
        if isinstance(self.sampling_strategy, str) and self.sampling_strategy == "proportional":
            made = self.fitted_.sample(len(y), rng=rng)
        else:
            made = self.fitted_.sample(rng=rng, per_class=self._wanted(np.asarray(y)))
        frame, labels = _as_frame(X), pd.Series(np.asarray(y))
        new = pd.DataFrame({j: _as_given(made.table[str(j)], frame.iloc[:, j]) for j in range(frame.shape[1])})
        return _after(X, new), _after(y, _as_given(made.table[_TARGET], labels))

    def _wanted(self, y: Any) -> dict[Any, int]:
        """Rows to add for the code of each class."""
        self.sampling_strategy_ = check_sampling_strategy(self.sampling_strategy, y, self._sampling_type)
        classes = np.unique(y).tolist()
        return {classes.index(label): int(count) for label, count in self.sampling_strategy_.items()}


def _as_frame(X: Any) -> Frame:
    return X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X)).infer_objects()


def _cohort(frame: Frame, labels: Frame) -> Cohort:
    """Columns named by their positions; levels are their positions in the sorted levels."""
    table: dict[str, Any] = {}
    variables = []
    for name, column in [*((str(j), frame.iloc[:, j]) for j in range(frame.shape[1])), (_TARGET, labels)]:
        kind, levels = _kind(column) if name != _TARGET else "categorical", None
        if kind in ("categorical", "ordinal"):
            codes, found = _levels(column)
            levels = tuple(range(len(found)))
            table[name] = pd.Categorical.from_codes(codes, pd.RangeIndex(len(found)), ordered=kind == "ordinal")
        elif kind == "datetime":
            table[name] = column.to_numpy(dtype="datetime64[ns]")
        else:
            table[name] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        role = "target" if name == _TARGET else "feature"
        variables.append(Variable(name=name, kind=kind, levels=levels, role=role))
    return Cohort.real(pd.DataFrame(table), Schema(variables=tuple(variables)))


def _kind(column: Frame) -> Any:
    types = pd.api.types
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "ordinal" if column.dtype.ordered else "categorical"
    if types.is_bool_dtype(column) or types.is_string_dtype(column) or types.is_object_dtype(column):
        return "categorical"
    if types.is_integer_dtype(column):
        return "integer"
    if types.is_float_dtype(column):
        return "numeric"
    if column.dtype.kind == "M" and getattr(column.dtype, "tz", None) is None:
        return "datetime"
    raise BadInput(
        expected="columns of numbers, levels or dates without a time zone",
        found=f"column {column.name!r} of type {column.dtype}",
        fix="Convert it before sampling.",
    )


def _levels(column: Frame) -> tuple[Any, Any]:
    """Codes (-1 where missing) and the levels they stand for."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    codes, levels = pd.factorize(column, sort=True)
    return codes, pd.Index(levels)


def _as_given(made: Frame, column: Frame) -> Frame:
    """A synthetic column in the type of the column that it follows."""
    if not isinstance(made.dtype, pd.CategoricalDtype):
        return made.reset_index(drop=True).astype(column.dtype)
    codes, levels = made.cat.codes.to_numpy(), _levels(column)[1]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Series(pd.Categorical.from_codes(codes, dtype=column.dtype))
    return pd.Series(levels.take(codes, allow_fill=True, fill_value=None)).astype(column.dtype)


def _after(given: Any, new: Frame) -> Any:
    """``given`` followed by ``new``, as what ``given`` is."""
    if isinstance(given, pd.DataFrame):
        return pd.concat([given, new.set_axis(given.columns, axis=1)], ignore_index=True)
    if isinstance(given, pd.Series):
        return pd.concat([given, new.astype(given.dtype)], ignore_index=True).rename(given.name)
    array = np.asarray(given)
    added: Floats = new.to_numpy().astype(array.dtype)
    return np.concatenate([array, added])
