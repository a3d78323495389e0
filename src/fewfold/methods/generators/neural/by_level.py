"""Training by sampling: rows by a level that they have, so that rare levels are learned too."""

from __future__ import annotations

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.methods.generators.neural.code import Code


class ByLevel:
    """Draws training rows with a mark on one of their levels: a variable by chance, then a level of it within each
    class in proportion to the logarithm of how many rows have it (10.48550/arXiv.1907.00503), then one of those rows,
    by weight."""

    def __init__(self, levels: Floats, classes: Floats, weights: Floats, code: Code) -> None:
        """``levels`` (n, columns of choices), ``classes`` (n, classes), ``weights`` (n,)."""
        self.levels, first = levels, len(code.numbers)
        self.choices = [(start - first, width) for start, width in code.choices]
        self.chances = np.cumsum([weights], axis=1)
        if self.choices:
            counts = classes @ (classes.T @ levels)  # (n, columns) rows of the same class with each level
            self.chances = np.array([self._chances(counts, weights, part) for part in self.choices])

    def _chances(self, counts: Floats, weights: Floats, part: tuple[int, int]) -> Floats:
        own = slice(part[0], part[0] + part[1])
        same = (counts[:, own] * self.levels[:, own]).sum(axis=1)
        chances: Floats = np.cumsum(weights * np.log1p(same) / np.maximum(same, 1))
        return chances

    def __call__(self, size: int, rng: Rng) -> tuple[Ints, Floats]:
        """(size,) rows and (size, columns of choices) 1 at the level that each was drawn by."""
        which = rng.integers(len(self.chances), size=size)
        at = rng.random(size) * self.chances[which, -1]
        rows = (self.chances[which] <= at[:, None]).sum(axis=1)
        marks = np.zeros((size, self.levels.shape[1]))
        for k, (start, width) in enumerate(self.choices):
            own = which == k
            marks[own, start : start + width] = self.levels[rows[own], start : start + width]
        return rows, marks
