"""Cohorts for the oversamplers, made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable


def numbers(values: Floats, classes: Floats | None = None, **limits: float) -> Cohort:
    """Numeric columns x0, x1, ... and, if given, the class as levels 0, 1, ..."""
    table = pd.DataFrame({f"x{j}": column for j, column in enumerate(values.T)})
    variables = [Variable(name=name, kind="numeric", **limits) for name in table]
    if classes is not None:
        levels = tuple(range(int(classes.max()) + 1))
        table["y"] = pd.Categorical.from_codes(classes.astype(int), list(levels))
        variables.append(Variable(name="y", kind="categorical", role="target", levels=levels))
    return Cohort.real(table, Schema(variables=tuple(variables)))


def two_clouds(n: int = 80, rare: int = 25, columns: int = 4, apart: float = 1.0, seed: int = 0) -> Cohort:
    """Two normal classes, ``rare`` rows of them of class 1, whose means differ by ``apart`` in each column."""
    rng = np.random.default_rng(seed)
    classes = np.repeat([0.0, 1.0], [n - rare, rare])
    return numbers(rng.normal(size=(n, columns)) + apart * classes[:, None], classes)
