"""Columns as a network sees them: levels by the order of those seen, numbers by their normal scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.schema import Variable
from fewfold.methods.generators import correlation, margins
from fewfold.methods.generators.margins import Margin

CUTS = ndtri([1 / 3, 2 / 3])  # of a number that is the parent of levels
PROBABILITIES = np.linspace(0, 1, 201)


@dataclass(frozen=True)
class Table:
    """Rows inside a network. ``scores``: (n, d) normal scores of numbers, codes of levels, NaN where missing.
    ``codes``: (n, d) codes of levels, thirds of numbers."""

    scores: Floats
    codes: Ints

    @classmethod
    def empty(cls, n: int, width: int) -> Table:
        """Nothing known of ``n`` rows."""
        return cls(np.full((n, width), np.nan), np.zeros((n, width), dtype=np.int64))

    def set(self, j: int, scores: Floats, discrete: bool) -> None:
        """Enter column ``j``."""
        self.scores[:, j] = scores
        cut = np.searchsorted(CUTS, scores) if not discrete else np.where(np.isnan(scores), 0, scores)
        self.codes[:, j] = cut.astype(np.int64)

    def take(self, rows: Ints | Bools) -> Table:
        """Some rows."""
        return Table(self.scores[rows], self.codes[rows])

    def beside(self, other: Table) -> Table:
        """These rows, then the others."""
        return Table(np.concatenate([self.scores, other.scores]), np.concatenate([self.codes, other.codes]))


@dataclass(frozen=True)
class Scale:
    """From values of a column to what the network computes with, and back.

    ``seen``: (k,) the values seen, ascending, and ``scores``: (k,) what they are inside. Of a number ``margin`` is
    the distribution, ``decimals`` the grid that it is recorded on, and ``reach`` the quantiles, at ``PROBABILITIES``,
    of what the network draws for it, so that drawn values have the distribution of the margin.
    """

    discrete: bool
    seen: Floats
    scores: Floats
    margin: Margin
    decimals: int = -1
    reach: Floats | None = None

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.seen) if self.discrete else len(CUTS) + 1

    def inside(self, values: Floats) -> Floats:
        """Scores, or codes; a level that was not seen has the code behind the last one. NaN where missing."""
        if not len(self.seen):
            return np.full(values.shape, np.nan)
        if not self.discrete:
            scored: Floats = np.interp(values, self.seen, self.scores)
            return scored
        at = np.minimum(np.searchsorted(self.seen, values), len(self.seen) - 1)
        codes = np.where(self.seen[at] == values, at, len(self.seen)).astype(np.float64)
        return np.where(np.isnan(values), np.nan, codes)

    def outside(self, drawn: Floats) -> Floats:
        """Values, of drawn scores or codes."""
        if self.discrete:
            return self.seen[drawn.astype(np.int64)]
        values = self.margin.quantile(np.interp(drawn, self.reach_or_normal, PROBABILITIES))
        return np.round(values, self.decimals) if self.decimals >= 0 else values

    @property
    def reach_or_normal(self) -> Floats:
        """The quantiles of what is drawn; normal ones where nothing was drawn yet."""
        return ndtri(np.clip(PROBABILITIES, 1e-4, 1 - 1e-4)) if self.reach is None else self.reach


def scales(values: Floats, variables: Sequence[Variable], subjects: Ints) -> list[Scale]:
    """The scale of each column of ``values`` (n, d), NaN where missing."""
    scored, known = correlation.scores(values).values, ~np.isnan(values)
    out = []
    for j, variable in enumerate(variables):
        seen, first = np.unique(values[known[:, j], j], return_index=True)
        if variable.discrete:
            out.append(Scale(True, seen, np.arange(len(seen), dtype=np.float64), Margin(np.empty((0, 2)))))
            continue
        masses = margins.point_masses(values[:, j], subjects)
        margin = margins.margin(values[:, j], masses, margins.limits(variable))
        places = margins.decimals(values[:, j], variable)
        out.append(Scale(False, seen, scored[known[:, j], j][first], margin, places))
    return out


def table(values: Floats, scales: Sequence[Scale]) -> Table:
    """(n, d) values as the network sees them."""
    out = Table.empty(len(values), len(scales))
    for j, scale in enumerate(scales):
        out.set(j, scale.inside(values[:, j]), scale.discrete)
    return out


def lent(values: Floats, scales: Sequence[Scale]) -> Table:
    """(n, d) values of another cohort: numbers by their normal scores among themselves, so that only dependence is
    told; a level, or a column, that was not seen is missing."""
    out, scored = Table.empty(len(values), len(scales)), correlation.scores(values)
    for j, scale in enumerate(scales):
        column = scale.inside(values[:, j]) if scale.discrete else scored.values[:, j]
        told = scored.known[:, j] & (column < len(scale.seen) if scale.discrete else len(scale.seen) > 0)
        out.set(j, np.where(told, column, np.nan), scale.discrete)
    return out


def pack(scales: Sequence[Scale]) -> tuple[dict[str, Floats], list[Any]]:
    """The numbers of all scales in one array, and what they are."""
    told, numbers = [], [np.empty(0)]
    for scale in scales:
        parts = [
            scale.seen,
            scale.scores,
            scale.margin.knots.ravel(),
            np.empty(0) if scale.reach is None else scale.reach,
        ]
        numbers += parts
        told.append([scale.discrete, scale.decimals, [len(part) for part in parts]])
    return {"scales": np.concatenate(numbers)}, told


def unpack(numbers: Floats, told: Sequence[Any]) -> list[Scale]:
    """The inverse of :func:`pack`."""
    out, at = [], 0
    for discrete, decimals, lengths in told:
        seen, scores, knots, reach = np.split(numbers[at : at + sum(lengths)], np.cumsum(lengths)[:-1])
        out.append(Scale(discrete, seen, scores, Margin(knots.reshape(-1, 2)), decimals, reach if len(reach) else None))
        at += sum(lengths)
    return out


def screen(table: Table, sizes: Sequence[int], discrete: Bools, weights: Floats) -> Floats:
    """(d, d) about how much the log likelihood gains if one column is the parent of another, less half the logarithm of
    n for each parameter; the same in both directions.

    Levels are indicators divided by the roots of their shares, numbers are scaled to variance 1. The squared
    correlations of two columns then add up to the squared correlation, the correlation ratio or chi-squared over n.
    """
    blocks = []
    for j, size in enumerate(sizes):
        known = ~np.isnan(table.scores[:, j])
        block = table.codes[:, [j]] == np.arange(size) if discrete[j] else table.scores[:, [j]]
        weight = (weights * known)[:, None]
        block = np.where(known[:, None], block, 0.0).astype(np.float64)
        total = max(weight.sum(), 1e-9)
        mean = (weight * block).sum(axis=0) / total
        root = np.sqrt(mean if discrete[j] else (weight * (block - mean) ** 2).sum(axis=0) / total)
        blocks.append(np.where(known[:, None] & (root > 1e-6), (block - mean) / np.maximum(root, 1e-6), 0.0))
    columns, starts = np.hstack(blocks), np.cumsum([0, *(b.shape[1] for b in blocks)])[:-1]
    present = (~np.isnan(table.scores)).astype(np.float64)
    rows = np.maximum((present * weights[:, None]).T @ present, 1.0)
    squares = ((columns * weights[:, None]).T @ columns) ** 2
    shared = np.add.reduceat(np.add.reduceat(squares, starts, axis=0), starts, axis=1) / rows**2
    free = np.array([max(size - 1, 1) if level else 1 for size, level in zip(sizes, discrete, strict=True)])
    gain = np.round(rows * shared / 2 - np.outer(free, free) * np.log(rows) / 2, 9)
    return np.where(shared > 1e-9, gain, -np.inf)
