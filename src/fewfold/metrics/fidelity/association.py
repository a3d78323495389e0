"""How the variables hang together, whatever their kinds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.metrics.base import Parts, Rows, RowsMetric
from fewfold.metrics.ordered import Ordered


class Association(RowsMetric):
    """Mean absolute difference between the associations of holdout and synthetic rows, over all pairs of features and
    target. A pair that cannot be judged in the holdout (a constant variable) is left out; one that cannot be judged in
    the synthetic rows counts as not associated there."""

    card = MetricCard(
        name="association",
        title="Association difference",
        family="fidelity",
        question="Do the variables hang together as they do in patients?",
        better="lower",
        bounds=(0.0, 2.0),
        most_rows=50_000,
        finding="FF502",
        references=("10.1016/j.jkss.2012.10.002", "10.1073/pnas.21.9.554"),
    )

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        pairs = np.triu_indices(len(parts[0].schema.modelled), 1)
        tables = {id(cohort): _Table(cohort) for cohort in parts[1:]}
        real_table, made_table = (tables[id(cohort)] for cohort in parts[1:])

        def difference(rows: Rows) -> float:
            real, made = real_table.associations(rows[1])[pairs], made_table.associations(rows[2])[pairs]
            judged = np.isfinite(real)
            if not judged.any():
                raise NotApplicable("no pair of variables varies together")
            return float(np.mean(np.abs(real[judged] - np.nan_to_num(made[judged]))))

        return difference


def associations(cohort: Cohort) -> Floats:
    """(k, k) association of each pair of ``schema.modelled``; NaN where a variable of the pair does not vary.

    Two variables with an order (numbers, dates, ordinal and boolean levels): Spearman correlation, -1 to 1. One with an
    order and a categorical one: bias-corrected correlation ratio of the ranks, 0 to 1 (10.1073/pnas.21.9.554). Two
    categorical ones: bias-corrected Cramér's V, 0 to 1 (10.1016/j.jkss.2012.10.002). A row counts for a pair where
    neither value is missing; ranks are those among all known values of the variable.
    """
    return _Table(cohort).associations(np.arange(len(cohort)))


class _Table:
    """What can be counted once for the associations of any rows of a cohort."""

    def __init__(self, cohort: Cohort) -> None:
        variables, values = cohort.schema.modelled, cohort.modelled
        nominal = np.array([v.kind == "categorical" for v in variables], dtype=bool)
        self.ordered, self.named = np.flatnonzero(~nominal), np.flatnonzero(nominal)
        self.sorted = Ordered.of([values])
        self.codes = self.sorted.codes[0][self.ordered]
        known = (~np.isnan(values)).astype(np.float64)
        self.known, self.known_named = known[:, self.ordered], known[:, self.named]
        self.levels = np.array([max(1, len(variables[j].levels or ())) for j in self.named], dtype=np.int64)
        self.starts = np.cumsum(self.levels) - self.levels
        codes = np.arange(self.levels.sum()) - np.repeat(self.starts, self.levels)
        self.onehot = (values[:, np.repeat(self.named, self.levels)] == codes).astype(np.float64)

    def associations(self, rows: Ints) -> Floats:
        """As :func:`associations`, of some rows."""
        ordered, named = self.ordered, self.named
        x, varies = self._ranks(rows)
        known, squares = self.known[rows], x**2
        out = np.full((len(varies), len(varies)), np.nan)
        out[np.ix_(ordered, ordered)] = _correlations(x, squares, known)
        if len(named):
            onehot = self.onehot[rows]
            mixed = _correlation_ratios(x, squares, known, onehot, self.starts)
            out[np.ix_(ordered, named)], out[np.ix_(named, ordered)] = mixed, mixed.T
            out[np.ix_(named, named)] = _cramers(onehot, self.known_named[rows], self.starts, self.levels)
        np.fill_diagonal(out, np.where(varies, 1.0, np.nan))
        return out

    def _ranks(self, rows: Ints) -> tuple[Floats, Bools]:
        """Mid-ranks of the known values of each column with an order, centred on 0, 0 where missing; and which of all
        columns vary."""
        centred, varies = self.sorted.ranks(0, rows)
        return centred[self.codes[:, rows]].T, varies


def _correlations(x: Floats, x2: Floats, known: Floats) -> Floats:
    """(p, p) Pearson correlations over the rows where both are known (x is 0 where missing)."""
    n = np.maximum(known.T @ known, 1.0)
    sums, squares = x.T @ known, x2.T @ known
    covariance = x.T @ x - sums * sums.T / n
    variance = squares - sums**2 / n
    return _ratio(covariance, np.sqrt(np.maximum(variance * variance.T, 0.0)))


def _correlation_ratios(x: Floats, x2: Floats, known: Floats, onehot: Floats, starts: Ints) -> Floats:
    """(p, q) root of epsilon squared of each column of x over the levels of each categorical variable."""
    counts, sums = known.T @ onehot, x.T @ onehot
    within_level = sums**2 / np.maximum(counts, 1.0)
    n, groups = (np.add.reduceat(part, starts, axis=1) for part in (counts, (counts > 0).astype(np.float64)))
    squares, totals = (np.add.reduceat(part, starts, axis=1) for part in (x2.T @ onehot, sums))
    correction = totals**2 / np.maximum(n, 1.0)
    between, total = np.add.reduceat(within_level, starts, axis=1) - correction, squares - correction
    eta2 = _ratio(between, total)
    eta2[(groups < 2) | (n <= groups)] = np.nan
    epsilon2: Floats = np.maximum(1 - (1 - eta2) * (n - 1) / np.maximum(n - groups, 1.0), 0.0)
    return np.sqrt(epsilon2)


def _cramers(onehot: Floats, known: Floats, starts: Ints, levels: Ints) -> Floats:
    """(q, q) bias-corrected Cramér's V."""
    counts = onehot.T @ onehot
    margins = onehot.T @ known  # rows at each level of one variable where the other is known
    rows = np.repeat(margins, levels, axis=1)
    expected = rows * rows.T
    share = np.divide(counts**2, expected, out=np.zeros_like(counts), where=expected > 0)
    phi2 = np.add.reduceat(np.add.reduceat(share, starts, axis=0), starts, axis=1) - 1
    n = known.T @ known
    seen = np.add.reduceat((margins > 0).astype(np.float64), starts, axis=0)  # levels of the row variable
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
