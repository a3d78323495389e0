"""What the methods share that keep the training rows and make new ones from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Method


class RowMethod(Method):
    """A method whose model is the training rows themselves: ``values``, (n, features + target)."""

    values: Floats

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        self.values = cohort.modelled

    def _draw_rows(self, labels: Floats | None, n: int, rng: Rng) -> Ints:
        """(n,) positions of training rows of the classes asked for, each row about equally often."""
        if labels is None:
            return _deal(np.arange(len(self.values)), n, rng)
        rows = np.empty(n, dtype=np.int64)
        for label in np.unique(labels):
            wanted = labels == label
            rows[wanted] = _deal(np.flatnonzero(self.values[:, -1] == label), int(wanted.sum()), rng)
        return rows

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"values": self.values}, {}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.values = arrays["values"]


def _deal(pool: Ints, n: int, rng: Rng) -> Ints:
    """``n`` draws that use each of ``pool`` once before any of it again."""
    rounds = [rng.permutation(pool) for _ in range(-(-n // len(pool)))]
    return np.concatenate(rounds)[:n] if rounds else pool[:0]
