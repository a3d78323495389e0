"""Columns sorted once, so that the distributions of any of their rows are counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort


@dataclass(frozen=True, eq=False)
class Ordered:
    """Tables of the same p columns, each value as its position in ``at``.

    ``at`` holds the different known values of the first column of all tables, ascending, then NaN for missing, then
    those of the next column; ``starts`` (p,) says where each begins. ``codes``: a (p, n) array for each table.
    """

    codes: tuple[Ints, ...]
    at: Floats
    starts: Ints

    @classmethod
    def of(cls, tables: Sequence[Floats]) -> Ordered:
        """From (n, p) tables; one that is given twice is sorted once."""
        different = list({id(table): table for table in tables}.values())
        pooled = np.concatenate([table.T for table in different], axis=1)
        order = np.argsort(pooled, axis=1)  # NaN last
        order += pooled.shape[1] * np.arange(len(pooled))[:, None]  # positions in all columns, one after the other
        values = np.take(pooled, order)
        gone = np.isnan(values)
        new = np.ones(values.shape, dtype=bool)
        new[:, 1:] = (values[:, 1:] > values[:, :-1]) | (gone[:, 1:] & ~gone[:, :-1])
        closed = ~gone[:, -1]  # columns that need a slot for missing
        place = np.cumsum(new, axis=1) - 1
        sizes = place[:, -1] + 1 + closed
        starts = np.cumsum(sizes) - sizes
        at = np.full(int(sizes.sum()), np.nan)
        place += starts[:, None]
        at[place[new]] = values[new]
        codes = np.empty_like(place)
        codes.reshape(-1)[order] = place
        cuts = np.cumsum([len(table) for table in different])[:-1]
        parts = {id(table): part for table, part in zip(different, np.split(codes, cuts, axis=1), strict=True)}
        return cls(tuple(parts[id(table)] for table in tables), at, starts)

    def counts(self, table: int, rows: Ints) -> Ints:
        """How often each of ``at`` stands in some rows of a table."""
        return self.tally(self.codes[table][:, rows])

    def tally(self, codes: Ints) -> Ints:
        """How often each of ``at`` stands among some codes."""
        found: Ints = np.bincount(codes.ravel(), minlength=len(self.at))
        return found

    def up_to(self, counts: Ints) -> Ints:
        """How many values of its column are at most each of ``at``; at a missing slot, all rows."""
        running = np.cumsum(counts)
        before = np.concatenate([[0], running])[self.starts]
        found: Ints = running - np.repeat(before, self.sizes)
        return found

    def gaps(self, first: tuple[int, Ints], second: tuple[int, Ints]) -> Floats:
        """Difference between the distribution functions of two tables' rows at each of ``at``; 0 at a missing slot, NaN
        in a column where one of them has no known value."""
        gap: Floats = self._shares(self.counts(*first)) - self._shares(self.counts(*second))
        gap[self.missing] = np.where(np.isnan(gap[self.starts]), np.nan, 0.0)
        return gap

    def largest_gaps(self, first: tuple[int, Ints], second: tuple[int, Ints]) -> Floats:
        """(p,) Kolmogorov-Smirnov distance of two tables' rows in each column; NaN where one has no known value."""
        gaps: Floats = np.maximum.reduceat(np.abs(self.gaps(first, second)), self.starts)
        return gaps

    def moves(self, first: tuple[int, Ints], second: tuple[int, Ints]) -> Floats:
        """(p,) 1-Wasserstein distance of two tables' rows in each column; NaN where one has no known value."""
        steps = np.nan_to_num(np.diff(self.at, append=np.nan))  # none to, and from, a missing slot
        moves: Floats = np.add.reduceat(np.abs(self.gaps(first, second)) * steps, self.starts)
        return moves

    def ranks(self, codes: Ints) -> tuple[Floats, Bools]:
        """Mid-rank of each of ``at`` among the known values of (p, rows) codes, centred on 0; 0 at a missing slot. And
        (p,) which columns vary there."""
        counts = self.tally(codes)
        known = codes.shape[1] - counts[self.missing]
        centred = self.up_to(counts) - (counts + np.repeat(known, self.sizes)) / 2
        centred[self.missing], counts[self.missing] = 0.0, 0
        varies: Bools = np.maximum.reduceat(counts, self.starts) < known
        return centred, varies

    @property
    def sizes(self) -> Ints:
        """(p,) how many of ``at`` belong to each column."""
        return np.diff(self.starts, append=len(self.at))

    @property
    def missing(self) -> Ints:
        """(p,) the slot for missing of each column."""
        slots: Ints = np.append(self.starts[1:], len(self.at)) - 1
        return slots

    def _shares(self, counts: Ints) -> Floats:
        below = self.up_to(counts)
        known = (below - counts)[self.missing].astype(np.float64)
        known[known == 0] = np.nan
        shares: Floats = below / np.repeat(known, self.sizes)
        return shares


def columns_of(cohorts: Sequence[Cohort], columns: Sequence[int]) -> list[Floats]:
    """Some features of each cohort; a cohort that is given twice gives one and the same matrix."""
    cut = {id(cohort): cohort.matrix[:, columns] for cohort in cohorts}
    return [cut[id(cohort)] for cohort in cohorts]
