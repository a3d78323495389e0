"""A numeric design matrix of the features, learned on training rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import order_of_levels
from fewfold.data.schema import Variable

BLOCK = 500  # rows encoded at once


@dataclass(frozen=True, eq=False)
class Encoder:
    """What training rows taught about the columns of a ``Cohort.matrix``.

    The encoded columns are, in this order: numbers, dates and ordinal codes (missing values take the training median;
    then centred and divided by the training SD, unless ``scale=False``); a 0/1 column for each level seen in
    training of a categorical variable, and for the second level of a boolean one (0 where missing or never seen); a
    0/1 column for each variable with missing values in training. A column that is constant in training is left out:
    nothing is divided by 0, and a variable that was never observed adds nothing.
    """

    names: tuple[str, ...]
    numbers: Ints
    medians: Floats
    centres: Floats
    scales: Floats
    nominal: Ints
    codes: Floats
    gaps: Ints

    @classmethod
    def fit(cls, values: Floats, variables: Sequence[Variable], *, scale: bool = True) -> Self:
        """Learn from (n, features) training rows, at least one, coded as ``Cohort.matrix``."""
        absent = np.isnan(values)
        numbers, medians = _medians(values, absent, np.array([_number(v) for v in variables], dtype=bool))
        imputed = np.where(absent[:, numbers], medians, values[:, numbers])
        levels = [(j, code) for j, v in enumerate(variables) for code in _levels(values[:, j], v)]
        gaps = np.flatnonzero(absent.any(axis=0) & ~absent.all(axis=0))
        spread = imputed.std(axis=0) if scale else np.ones(len(numbers))
        return cls(
            names=(
                *(variables[j].name for j in numbers.tolist()),
                *(f"{variables[j].name}={order_of_levels(variables[j])[code]}" for j, code in levels),
                *(f"{variables[j].name} missing" for j in gaps.tolist()),
            ),
            numbers=numbers,
            medians=medians,
            centres=imputed.mean(axis=0) if scale else np.zeros(len(numbers)),
            scales=np.where(spread > 0, spread, 1.0),
            nominal=np.array([j for j, _ in levels], dtype=np.int64),
            codes=np.array([code for _, code in levels], dtype=np.float64),
            gaps=gaps,
        )

    def transform(self, values: Floats) -> Floats:
        """(n, len(names)) from (n, features) rows coded as in training; never NaN."""
        encoded = np.empty((len(values), len(self.names)))
        for start in range(0, len(values), BLOCK):  # what is made on the way stays in the cache
            rows = slice(start, start + BLOCK)
            self._encode(values[rows], encoded[rows])
        return encoded

    def _encode(self, values: Floats, encoded: Floats) -> None:
        last = len(self.numbers) + len(self.nominal)
        numbers = values[:, self.numbers]
        np.copyto(numbers, self.medians, where=np.isnan(numbers))
        numbers -= self.centres
        np.divide(numbers, self.scales, out=encoded[:, : len(self.numbers)])
        encoded[:, len(self.numbers) : last] = values[:, self.nominal] == self.codes
        encoded[:, last:] = np.isnan(values[:, self.gaps])


def _number(variable: Variable) -> bool:
    return variable.kind not in ("categorical", "boolean")


def _medians(values: Floats, absent: Bools, wanted: Bools) -> tuple[Ints, Floats]:
    """Which of the wanted columns vary, and the median of each."""
    known = len(values) - absent.sum(axis=0)
    columns = np.flatnonzero(wanted & (known > 1))
    cells = values[:, columns]
    varies = np.fmin.reduce(cells, axis=0) < np.fmax.reduce(cells, axis=0)
    columns, cells = columns[varies], cells[:, varies]
    if not len(columns):
        return columns, np.empty(0)
    below, above = (known[columns] - 1) // 2, known[columns] // 2
    halves = np.partition(cells, np.union1d(below, above), axis=0)  # NaN last
    each = np.arange(len(columns))
    medians: Floats = (halves[below, each] + halves[above, each]) / 2
    return columns, medians


def _levels(column: Floats, variable: Variable) -> list[int]:
    """Codes of the levels that get a column: those seen in some training rows but not in all."""
    if _number(variable):
        return []
    known = column[~np.isnan(column)].astype(np.int64)
    counts = np.bincount(known)
    seen = np.flatnonzero((counts > 0) & (counts < len(column))).tolist()
    return [code for code in seen if code == 1] if variable.kind == "boolean" else seen
