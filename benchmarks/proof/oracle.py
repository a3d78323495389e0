"""A method that knows the truth: it draws from the world that the cohort came from, and learns nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.methods.base import METHODS, Drawn, Method


class Oracle(Method):
    """Rows of ``datasets.load(world, **options)``, of the classes asked for."""

    card = MethodCard(
        name="oracle",
        title="The truth itself",
        family="generator",
        summary="Draws from the simulated world.",
        release="consortium",
    )

    def __init__(self, *, world: str = "linear", options: dict[str, Any] | None = None) -> None:
        self.world, self.options = world, options or {}

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        pass

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        if labels is None:
            return Drawn(datasets.load(self.world, n=n, rng=rng, **self.options).modelled)
        asked, counts = np.unique(labels, return_counts=True)
        found: list[Floats] = [np.empty((0, len(self.schema.modelled)))] * len(asked)
        while any(len(rows) < k for rows, k in zip(found, counts, strict=True)):
            more = datasets.load(self.world, n=2 * n + 20, rng=rng, **self.options).modelled
            found = [np.vstack([rows, more[more[:, -1] == label]]) for rows, label in zip(found, asked, strict=True)]
        return Drawn(np.vstack([rows[:k] for rows, k in zip(found, counts, strict=True)]))

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        pass


def make_known() -> None:
    """Let studies of this process name it. Not on import: the catalogue of the package is not to depend on who imports
    a benchmark."""
    if Oracle.card.name not in METHODS.names():
        METHODS.add(Oracle)
