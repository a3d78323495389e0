"""How variables hang together, pair by pair, whatever their kinds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.metrics.base import Parts, Rows
from fewfold.metrics.ordered import Ordered


def associations(cohort: Cohort) -> Floats:
    """(k, k) association of each pair of ``schema.modelled``; NaN where a variable of the pair does not vary.

    Two variables with an order (numbers, dates, ordinal and boolean levels): Spearman correlation, -1 to 1. One with an
    order and a categorical one: bias-corrected correlation ratio of the ranks, 0 to 1 (10.1073/pnas.21.9.554). Two
    categorical ones: bias-corrected Cramér's V, 0 to 1 (10.1016/j.jkss.2012.10.002). A row counts for a pair where
    neither value is missing; ranks are those among all known values of the variable.
    """
    return Table(cohort).associations(np.arange(len(cohort)))


def of_pairs(parts: Parts, statistic: Callable[[Floats, Floats], float]) -> Callable[[Rows], float]:
    """A statistic of the associations of the pairs of features and target, in holdout and in synthetic rows, of any
    rows of them. A pair that cannot be judged in the holdout (a constant variable) is left out; one that cannot be
    judged in the synthetic rows counts as not associated there."""
    pairs = np.triu_indices(len(parts[0].schema.modelled), 1)
    tables = {id(cohort): Table(cohort) for cohort in parts[1:]}
    real_table, made_table = (tables[id(cohort)] for cohort in parts[1:])

    def of_rows(rows: Rows) -> float:
        real, made = real_table.associations(rows[1])[pairs], made_table.associations(rows[2])[pairs]
        judged = np.isfinite(real)
        if not judged.any():
            raise NotApplicable("no pair of variables varies together")
        return statistic(real[judged], np.nan_to_num(made[judged]))

    return of_rows


class Table:
    """What can be counted once for the associations of any rows of a cohort, the ``ordered`` variables first, then
    ``groups``, the levels of the others. ``marks``: (n, ...) 1 where variables with one pattern of missing values are
    known (``pattern`` says which is that of a variable), then where each level stands."""

    def __init__(self, cohort: Cohort) -> None:
        variables, values = cohort.schema.modelled, cohort.modelled
        nominal = np.array([v.kind == "categorical" for v in variables], dtype=bool)
        self.order, self.ordered = np.argsort(nominal, kind="stable"), int((~nominal).sum())
        values = values[:, self.order]
        self.sorted = Ordered.of([values])
        levels = [max(1, len(variables[j].levels or ())) for j in self.order[self.ordered :]]
        self.groups = _Groups(np.array(levels, dtype=np.int64))
        kinds: dict[bytes, int] = {}
        known = ~np.isnan(values)
        self.pattern = np.array([kinds.setdefault(column.tobytes(), len(kinds)) for column in known.T])
        self.patterns = len(kinds)
        patterns = known[:, np.unique(self.pattern, return_index=True)[1]]
        named = np.repeat(values[:, self.ordered :], levels, axis=1)
        self.marks = np.concatenate([patterns, named == self.groups.codes], axis=1).astype(np.float64)

    def associations(self, rows: Ints) -> Floats:
        """As :func:`associations`, of some rows."""
        k, codes = self.ordered, self.sorted.codes[0][:, rows]
        ranks, varies = self.sorted.ranks(codes)
        x, marks = ranks[codes[:k]], self.marks.take(rows, axis=0)
        sums, squares, pairs = x @ marks, x**2 @ marks, marks.T @ marks
        known, known_named = self.pattern[:k], self.pattern[k:]
        out = np.full((len(varies), len(varies)), np.nan)
        out[:k, :k] = _correlations(x @ x.T, sums[:, known], squares[:, known], pairs[np.ix_(known, known)])
        if k < len(varies):
            levels = slice(self.patterns, None)
            mixed = _correlation_ratios(sums[:, levels], squares[:, levels], pairs[known, levels], self.groups)
            out[:k, k:], out[k:, :k] = mixed, mixed.T
            margins, both = pairs[levels, known_named], pairs[np.ix_(known_named, known_named)]
            out[k:, k:] = _cramers(pairs[levels, levels], margins, both, self.groups)
        np.fill_diagonal(out, np.where(varies, 1.0, np.nan))
        back = np.argsort(self.order)
        return out[np.ix_(back, back)]


class _Groups:
    """The levels of some variables side by side: how many each has, where they start, and the code of each."""

    def __init__(self, levels: Ints) -> None:
        self.levels, self.starts = levels, np.cumsum(levels) - levels
        self.codes = np.arange(levels.sum()) - np.repeat(self.starts, levels)

    def sums(self, cells: Floats, axis: int) -> Floats:
        """Sums over the levels of each variable."""
        return np.add.reduceat(cells, self.starts, axis=axis)


def _correlations(products: Floats, sums: Floats, squares: Floats, n: Floats) -> Floats:
    """(p, p) Pearson correlations from the sums over the rows where both variables are known: of products, of the
    variable of the row, of its squares, and of 1."""
    n = np.maximum(n, 1.0)
    covariance = products - sums * sums.T / n
    variance = squares - sums**2 / n
    return _ratio(covariance, np.sqrt(np.maximum(variance * variance.T, 0.0)))


def _correlation_ratios(sums: Floats, squares: Floats, counts: Floats, groups: _Groups) -> Floats:
    """(p, q) root of epsilon squared of each of p variables over the levels of each of q categorical ones, from the
    sums at each level of values, of squares, and of 1."""
    within_level = sums**2 / np.maximum(counts, 1.0)
    n, seen = groups.sums(counts, 1), groups.sums((counts > 0).astype(np.float64), 1)
    correction = groups.sums(sums, 1) ** 2 / np.maximum(n, 1.0)
    eta2 = _ratio(groups.sums(within_level, 1) - correction, groups.sums(squares, 1) - correction)
    eta2[(seen < 2) | (n <= seen)] = np.nan
    epsilon2: Floats = np.maximum(1 - (1 - eta2) * (n - 1) / np.maximum(n - seen, 1.0), 0.0)
    return np.sqrt(epsilon2)


def _cramers(counts: Floats, margins: Floats, n: Floats, groups: _Groups) -> Floats:
    """(q, q) bias-corrected Cramér's V, from the rows at each pair of levels, at each level of one variable where the
    other is known, and where both are."""
    rows = np.repeat(margins, groups.levels, axis=1)
    expected = rows * rows.T
    share = np.divide(counts**2, expected, out=np.zeros_like(counts), where=expected > 0)
    phi2 = groups.sums(groups.sums(share, 0), 1) - 1
    seen = groups.sums((margins > 0).astype(np.float64), 0)  # levels of the row variable
    r, c = seen, seen.T
    spare = np.maximum(n - 1, 1.0)
    corrected = np.maximum(phi2 - (r - 1) * (c - 1) / spare, 0.0)
    smaller = np.minimum(r - (r - 1) ** 2 / spare, c - (c - 1) ** 2 / spare) - 1
    v = np.sqrt(_ratio(corrected, np.where((r > 1) & (c > 1), smaller, 0.0)))
    return np.minimum(v, 1.0)


def _ratio(above: Floats, below: Floats) -> Floats:
    """above / below, NaN where below is (numerically) not positive."""
    ratio: Floats = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 1e-9)
    return ratio
