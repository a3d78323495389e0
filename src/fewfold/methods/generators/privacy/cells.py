"""Columns cut into cells by what the schema declares; no value of a patient is looked at to place them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.schema import Variable
from fewfold.methods.generators import correlation
from fewfold.methods.generators.margins import Margin, stepped

FEWEST, MOST = 4, 32  # cells of a number
WHOLE = ("integer", "datetime")
FARTHEST = 3.0  # the score of a cell at most
RANKS = 512


def check_declared(variables: Sequence[Variable]) -> None:
    """Raise ``BadInput`` that names the numbers and dates without both limits."""
    bare = [v.name for v in variables if not v.discrete and (v.low is None or v.high is None)]
    if bare:
        raise BadInput(
            expected="public limits, low and high, of every number and date",
            found=f"none, or only one, for {', '.join(bare)}",
            fix="Declare in the schema what can be true of anybody, such as low = 0 and high = 120 of an age (of a "
            "date in days since 1970). Never read limits off the data: they would tell of the patients at the ends.",
        )


def n_cells(variable: Variable, at_most: int = FEWEST) -> int:
    """Of a variable, a missing value not counted: its levels, or ``at_most`` of a number."""
    if variable.discrete:
        return len(variable.levels or ())
    low, high = ends(variable)
    return int(min(at_most, high - low)) if variable.kind in WHOLE else at_most


def ends(variable: Variable) -> tuple[float, float]:
    """Where the cells of a number start and end: whole numbers stand in the middle of theirs."""
    low, high = float(variable.low or 0.0), float(variable.high or 0.0)
    if variable.kind in WHOLE:
        return float(np.ceil(low)) - 0.5, float(np.floor(high)) + 0.5
    return low, high


def recorded(values: Floats, variable: Variable) -> Floats:
    """(n,) values drawn within cells, within the limits, and whole where the variable is."""
    if variable.discrete:
        return values
    whole = variable.kind in WHOLE
    low, high = ends(variable)
    return np.clip(np.round(values) if whole else values, low + 0.5 * whole, high - 0.5 * whole)


def fineness(count: float, sigma: float) -> int:
    """Cells of a number, for ``count`` patients in a class and noise ``sigma`` on each cell: no finer than Rice's rule
    (2 n^(1/3)), and with a mean of at least sqrt(count sigma) patients each."""
    count = max(count, 1.0)
    return int(np.clip(min(2 * count ** (1 / 3), np.sqrt(count / sigma)), FEWEST, MOST))


@dataclass(frozen=True)
class Cells:
    """``edges``: (size + 1,) of a number, ascending; empty where the cells are the codes of ``size`` levels."""

    edges: Floats
    size: int

    @classmethod
    def of(cls, variable: Variable, at_most: int) -> Cells:
        """The cells of a variable, of equal width between its limits."""
        size = n_cells(variable, at_most)
        return cls(np.empty(0) if variable.discrete else np.linspace(*ends(variable), size + 1), size)

    def codes(self, values: Floats) -> Ints:
        """(n,) the cell of each value, ``size`` where it is missing; beyond the limits the nearest."""
        codes = np.full(len(values), self.size)
        known = ~np.isnan(values)
        found = np.searchsorted(self.edges, values[known], "right") - 1 if len(self.edges) else values[known]
        codes[known] = np.clip(found, 0, self.size - 1)
        return codes

    def drawn(self, codes: Ints, rng: Rng) -> Floats:
        """(n,) values of cells: a level's code, evenly within the cell of a number, NaN where it is missing."""
        inside = rng.random(len(codes))
        known, values = codes < self.size, np.full(len(codes), np.nan)
        at = codes[known]
        if len(self.edges):
            values[known] = self.edges[at] + inside[known] * (self.edges[at + 1] - self.edges[at])
        else:
            values[known] = at
        return values

    def margin(self, shares: Floats) -> Margin:
        """The distribution with these (size,) shares; empty where all are 0."""
        if not shares.any():
            return Margin(np.empty((0, 2)))
        top = np.cumsum(shares) / shares.sum()
        if len(self.edges):
            return Margin(np.column_stack([np.concatenate([[0.0], top]), self.edges]))
        kept = np.flatnonzero(shares)
        return stepped(kept.astype(np.float64), top[kept], np.ones(len(kept), dtype=bool))


def cell_scores(shares: Floats) -> Floats:
    """(size + 1,) the mean of a standard normal over the step of each cell, within +-3; 0 for a missing value."""
    if not shares.any():
        return np.zeros(len(shares) + 1)
    tops = np.concatenate([[0.0], np.cumsum(shares) / shares.sum()])
    z = np.clip(ndtri(np.minimum(tops, 1.0)), -correlation.FAR, correlation.FAR)
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    width = np.diff(tops)
    inside = (density[:-1] - density[1:]) / np.maximum(width, 1e-12)
    scores: Floats = np.clip(np.where(width > 1e-12, inside, z[1:]), -FARTHEST, FARTHEST)
    return np.append(scores, 0.0)


def score_series(shares: Sequence[Floats]) -> Floats:
    """(TERMS, d) as ``correlation.Scores.series``, of columns with these shares of their cells."""
    ranks = (np.arange(RANKS) + 0.5) / RANKS
    tops = [np.cumsum(own) / max(own.sum(), 1e-300) for own in shares]
    columns = np.column_stack([np.searchsorted(top[:-1], ranks, "right").astype(np.float64) for top in tops])
    return correlation.scores(columns).series
