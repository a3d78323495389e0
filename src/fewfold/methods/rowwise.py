"""What the methods share that keep the training rows and make new ones from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Variable
from fewfold.methods.base import Method
from fewfold.methods.generators.margins import decimals, limits


class RowMethod(Method):
    """A method whose model is the training rows themselves: ``values``, (n, features + target), and, where follow-up is
    the target, ``ends``, (n, 2), else (n, 0)."""

    values: Floats
    ends: Floats

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        self.values = cohort.modelled
        self.ends = cohort.coded(cohort.schema.follow_up if cohort.task == "survival" else ())

    def _followed(self, rows: Ints) -> Floats | None:
        """The follow-up of some rows, where it is the target."""
        return self.ends[rows] if self.ends.shape[1] else None

    def _draw_rows(self, labels: Floats | None, n: int, rng: Rng) -> Ints:
        """(n,) positions of training rows of the classes asked for, each row about equally often."""
        if labels is None:
            return deal(np.arange(len(self.values)), n, rng)
        rows = np.empty(n, dtype=np.int64)
        for label in np.unique(labels):
            wanted = labels == label
            rows[wanted] = deal(np.flatnonzero(self.values[:, -1] == label), int(wanted.sum()), rng)
        return rows

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"values": self.values, "ends": self.ends}, {}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.values, self.ends = arrays["values"], arrays["ends"]


def continuous(variables: Sequence[Variable]) -> Ints:
    """Positions of the variables that are numbers or dates."""
    return np.array([j for j, variable in enumerate(variables) if not variable.discrete], dtype=np.int64)


def as_recorded(drawn: Floats, training: Floats, variables: Sequence[Variable]) -> Floats:
    """Numbers and dates as the training rows record them: reflected at the declared limits where they left them, and
    rounded to the decimals of their column. Levels and missing values stay."""
    out = drawn.copy()
    for j in continuous(variables):
        low, high = limits(variables[j])
        values = np.where(drawn[:, j] < low, 2 * low - drawn[:, j], drawn[:, j])
        values = np.where(values > high, 2 * high - values, values)
        places = decimals(training[:, j], variables[j])
        if places >= 0:
            grid = 10.0**places
            low, high = np.ceil(low * grid - 1e-6) / grid + 0.0, np.floor(high * grid + 1e-6) / grid  # never -0
            values = np.round(values, places)
        out[:, j] = np.clip(values, low, high)
    return out


def deal(pool: Ints, n: int, rng: Rng) -> Ints:
    """``n`` draws that use each of ``pool`` once before any of it again."""
    rounds = [rng.permutation(pool) for _ in range(-(-n // len(pool)))]
    return np.concatenate(rounds)[:n] if rounds else pool[:0]
