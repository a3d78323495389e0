"""Rows of mixed kinds as numbers that a network can learn, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy.special import ndtr, ndtri

from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.schema import Variable
from fewfold.methods.generators import margins
from fewfold.methods.generators.margins import Margin


@dataclass(frozen=True, eq=False)
class Code:
    """Encoded columns: the numbers and dates, as normal scores; then for each other variable, and for each pattern of
    missing values that numbers share, one column for each ``choice``, of which one is 1.

    ``numbers``: positions of the variables. ``choices``: (start, width) among the encoded columns. ``levels``: for each
    choice that is a variable its position and the codes that its columns stand for, NaN where it is missing.
    ``pattern``: for each number the choice that says whether it is missing (its second column), or -1.
    """

    numbers: Ints
    margins: Sequence[Margin]
    decimals: Ints
    levels: Sequence[tuple[int, Floats]]
    pattern: Ints

    @classmethod
    def fit(cls, values: Floats, variables: Sequence[Variable], subjects: Ints) -> Self:
        """Learn from (n, k) training rows coded as ``Cohort.matrix``. A number that is never known is left out."""
        missing = np.isnan(values)
        numbers = np.array(
            [j for j, v in enumerate(variables) if not v.discrete and not missing[:, j].all()], dtype=int
        )
        learned, places, levels = [], [], []
        for j in numbers.tolist():
            masses = margins.point_masses(values[:, j], subjects)
            learned.append(margins.margin(values[:, j], masses, margins.limits(variables[j])))
            places.append(margins.decimals(values[:, j], variables[j]))
        for j, variable in enumerate(variables):
            if variable.discrete:
                levels.append((j, np.unique(values[:, j])))  # NaN, where there is one, comes last and once
        gaps, which = np.unique(missing[:, numbers], axis=1, return_inverse=True)
        some = gaps.any(axis=0)
        place = np.where(some, len(levels) + np.cumsum(some) - 1, -1)
        return cls(numbers, learned, np.array(places, dtype=int), levels, place[which.ravel()])

    @cached_property
    def choices(self) -> list[tuple[int, int]]:
        """(start, width) of each, among the encoded columns."""
        widths = [len(codes) for _, codes in self.levels] + [2] * len(set(self.pattern[self.pattern >= 0].tolist()))
        starts = len(self.numbers) + np.cumsum([0, *widths])
        return list(zip(starts.tolist(), widths, strict=False))

    @property
    def width(self) -> int:
        """How many encoded columns there are."""
        return len(self.numbers) + sum(width for _, width in self.choices)

    @cached_property
    def of_choice(self) -> Any:
        """(columns of choices, choices) 1 where a column belongs to a choice, in single precision."""
        return np.repeat(np.eye(len(self.choices), dtype=np.float32), [width for _, width in self.choices], axis=0)

    def encode(self, values: Floats) -> Floats:
        """(n, width); a missing number has the score 0."""
        out = np.zeros((len(values), self.width))
        for k, (j, margin) in enumerate(zip(self.numbers, self.margins, strict=True)):
            known = ~np.isnan(values[:, j])
            low, high = margin.probabilities(values[known, j])
            out[known, k] = ndtri(np.clip((low + high) / 2, margin.edge, 1 - margin.edge))
            if self.pattern[k] >= 0:
                start, _ = self.choices[self.pattern[k]]
                out[:, start], out[:, start + 1] = known, ~known
        for (j, codes), (start, width) in zip(self.levels, self.choices, strict=False):
            column = values[:, j, None]
            out[:, start : start + width] = (column == codes) | (np.isnan(column) & np.isnan(codes))
        return out

    def known(self, encoded: Floats) -> Floats:
        """(n, numbers) 1 where a number of encoded rows is known, 0 where it is missing."""
        marks, gaps = np.ones((len(encoded), len(self.numbers))), np.flatnonzero(self.pattern >= 0)
        marks[:, gaps] = encoded[:, [self.choices[pattern][0] for pattern in self.pattern[gaps].tolist()]]
        return marks

    def elsewhere(self, values: Floats, variables: Sequence[Variable], subjects: Ints) -> Self:
        """The same code for rows of another cohort: numbers by their ranks there."""
        columns = [(values[:, j], margins.limits(variables[j])) for j in self.numbers.tolist()]
        told = [margins.margin(column, margins.point_masses(column, subjects), among) for column, among in columns]
        return replace(self, margins=told)

    def complete(self, values: Floats) -> Bools:
        """(n,) whether rows have levels and gaps only where the training rows have them."""
        fine = np.ones(len(values), dtype=bool)
        for j, codes in self.levels:
            fine &= np.isin(values[:, j], codes) | (np.isnan(values[:, j]) & np.isnan(codes).any())
        gapless = self.numbers[self.pattern < 0]
        return fine & ~np.isnan(values[:, gapless]).any(axis=1)

    def decode(self, encoded: Floats, columns: int) -> Floats:
        """(n, columns) the inverse; of a choice the largest column counts."""
        values = np.full((len(encoded), columns), np.nan)
        chosen = [encoded[:, start : start + width].argmax(axis=1) for start, width in self.choices]
        for k, (j, margin) in enumerate(zip(self.numbers, self.margins, strict=True)):
            column = margin.quantile(ndtr(encoded[:, k]))
            if self.decimals[k] >= 0:
                column = np.round(column, self.decimals[k])
            values[:, j] = np.where(chosen[self.pattern[k]] == 1, np.nan, column) if self.pattern[k] >= 0 else column
        for (j, codes), level in zip(self.levels, chosen, strict=False):
            values[:, j] = codes[level]
        return values

    def possible(self, encoded: Floats, classes: Floats) -> Bools:
        """(classes, columns of choices) whether a choice can fall on a column: in a class (n, classes) whose training
        rows all have a gap nothing else can, and in one whose rows have none no gap can."""
        first, out = len(self.numbers), classes.T @ encoded[:, len(self.numbers) :] > 0
        for k, (start, width) in enumerate(self.choices):
            own = out[:, start - first : start - first + width]
            gap = np.isnan(self.levels[k][1]) if k < len(self.levels) else np.array([False, True])
            own[:, ~gap] |= own[:, ~gap].any(axis=1, keepdims=True)  # a level that others have may come
        return np.asarray(out)

    def arrays(self) -> dict[str, Any]:
        """What :meth:`from_arrays` takes."""
        knots, ends = margins.pack(self.margins) if self.margins else (np.empty((0, 2)), np.empty(0, dtype=int))
        codes = [codes for _, codes in self.levels]
        return {
            "code-numbers": self.numbers,
            "code-knots": knots,
            "code-ends": ends,
            "code-decimals": self.decimals,
            "code-pattern": self.pattern,
            "code-variables": np.array([j for j, _ in self.levels], dtype=int),
            "code-levels": np.concatenate([*codes, np.empty(0)]),
            "code-counts": np.array([len(c) for c in codes], dtype=int),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`arrays`."""
        held = margins.unpack(arrays["code-knots"], arrays["code-ends"]) if len(arrays["code-ends"]) else []
        levels = (
            np.split(arrays["code-levels"], np.cumsum(arrays["code-counts"])[:-1]) if len(arrays["code-counts"]) else []
        )
        pairs = list(zip(arrays["code-variables"].tolist(), levels, strict=True))
        return cls(arrays["code-numbers"], held, arrays["code-decimals"], pairs, arrays["code-pattern"])
