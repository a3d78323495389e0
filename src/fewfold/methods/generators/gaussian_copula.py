"""Gaussian copula, one per class: empirical margins, and a latent normal correlation shrunk towards the pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from fewfold.core.cards import MethodCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Variable
from fewfold.methods.base import Drawn, Method
from fewfold.methods.borrowing import Borrowed, LogDensity, borrow
from fewfold.methods.generators import correlation, margins
from fewfold.methods.generators.class_factors import all_factors, few_factors, log_densities, mixed
from fewfold.methods.generators.conditioning import Bounds, conditioned
from fewfold.methods.generators.copula_source import Lent, taken
from fewfold.methods.generators.correlation import Moments, Scores
from fewfold.methods.generators.margins import Margin

SMALL_CLASS = 3
WIDE = 500  # columns, above which a p x p correlation costs more than it gives


class GaussianCopula(Method):
    """Margins and correlation are learned within each class of the target; without classes, over all rows.

    A column is a latent normal variable seen through its margin, and each pattern of missing values is one more latent
    variable, so that missingness depends on the class and on the other columns as it does in the data. Levels are
    steps on one latent variable; those of a nominal column with 3 or more are first put in the order that the other
    columns suggest. The pooled within-class correlation is shrunk towards independence by an intensity that the data
    give (Schaefer and Strimmer); that of a class of n patients counts n / (n + ``pool_subjects``) against it. A class
    of 1 or 2 rows takes its margins and correlation from the pool. Where there are more than 500 columns, and more than
    twice as many as rows, the correlation is kept as a few factors and a rest of each column.

    A ``source`` lends correlations and no margins: what it is made of within each class, from ranks among the patients
    of the source, joins that of the cohort as that of so many more patients. It is judged by how likely it makes the
    scores of held-out patients given their class.
    """

    card = MethodCard(
        name="gaussian_copula",
        title="Class-conditional Gaussian copula",
        family="generator",
        summary="Each column keeps its distribution within the class; a shrunken normal correlation ties the columns.",
        min_subjects=5,
        may_destroy=("dependence that is not monotone", "interactions", "identities between columns"),
        cost="milliseconds",
        release="consortium",
        borrows=True,
        references=("10.1007/0-387-28678-0", "10.2202/1544-6115.1175"),
    )

    def __init__(self, *, pool_subjects: int = 20) -> None:
        self.pool_subjects = pool_subjects

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        self._learn(cohort)

    def _learn(self, cohort: Cohort) -> tuple[Floats, list[Ints]]:
        """Learn, and give (n, d) the columns behind the latent variables, NaN where missing, and the rows of each
        class."""
        columns, within = self._learn_columns(cohort)
        self._learn_correlation(columns, within, cohort)
        return columns, within

    def _borrow(self, cohort: Cohort, source: Cohort, rng: Rng) -> Borrowed:
        columns, within = self._learn_columns(cohort)
        if _wide(columns):
            raise NotApplicable(f"{self.card.name} borrows for at most {WIDE} columns; there are {columns.shape[1]}")
        scored, classes = [correlation.scores(columns[rows]) for rows in within], self._classes(cohort)
        width = len(self.decimals)  # without the patterns of missing values: of those the source tells nothing

        def lend(source: Cohort) -> LogDensity:
            lent = self._lent(source, columns.shape[1])

            def log_density(train: Ints, test: Ints, share: float) -> Floats:
                own = [np.flatnonzero(np.isin(rows, train)) for rows in within]
                parts = [taken(each, rows) for each, rows in zip(scored, own, strict=True)]
                subjects = [cohort.subjects[rows[some]] for rows, some in zip(within, own, strict=True)]
                counted = lent.counted(share, len(np.unique(cohort.subjects[train])))
                learned = mixed(*self._learned(parts, subjects, counted))[:, :width, :width]
                told = np.empty(len(test))
                for c, (each, rows) in enumerate(zip(scored, within, strict=True)):
                    asked = np.flatnonzero(classes[test] == self.codes[c])
                    held = taken(each, np.searchsorted(rows, test[asked]))
                    told[asked] = log_densities(held, learned[c])
                return told

            return log_density

        found = borrow(cohort, source, lend, rng)
        lent = self._lent(source, columns.shape[1]).counted(found.share, cohort.n_subjects)
        self._learn_correlation(columns, within, cohort, lent)
        return found

    def _lent(self, source: Cohort, width: int) -> Lent:
        columns = np.full((len(source), width), np.nan)
        columns[:, : len(self.decimals)] = self._ordered(source.modelled[:, : len(self.decimals)])
        return Lent.of(columns, self._classes(source), self.codes, source.subjects)

    def _classes(self, cohort: Cohort) -> Floats:
        return cohort.y if self.class_counts else np.zeros(len(cohort))

    def _learn_columns(self, cohort: Cohort) -> tuple[Floats, list[Ints]]:
        """The latent columns, whose margins are learned, and the rows of each class."""
        variables = self._variables
        values = cohort.modelled[:, : len(variables)]
        classes = self._classes(cohort)
        self.codes = np.unique(classes)
        within = [np.flatnonzero(classes == code) for code in self.codes]
        self.orders = _level_orders(values, variables, within)
        columns = self._latent_columns(values)
        self._learn_margins(columns, variables, within, cohort.subjects)
        return columns, within

    def _latent_columns(self, values: Floats) -> Floats:
        """The columns, nominal levels in latent order, then whether each pattern of missing values is absent."""
        missing = np.isnan(values)
        some = missing.any(axis=0)
        patterns, which = np.unique(missing[:, some], axis=1, return_inverse=True)
        self.pattern = np.full(values.shape[1], -1)
        self.pattern[some] = which.ravel()
        return np.column_stack([self._ordered(values), 1.0 - patterns])

    def _ordered(self, values: Floats) -> Floats:
        """The columns, nominal levels in latent order."""
        columns = values.copy()
        for j, order in self.orders.items():
            known = ~np.isnan(values[:, j])
            columns[known, j] = np.argsort(order)[values[known, j].astype(np.int64)]
        return columns

    def _learn_margins(
        self, columns: Floats, variables: tuple[Variable, ...], within: list[Ints], subjects: Ints
    ) -> None:
        self.margins: list[list[Margin]] = [[] for _ in within]
        self.decimals = np.full(len(variables), -1)
        for j, column in enumerate(columns.T):
            variable = variables[j] if j < len(variables) else None
            masses, limits = None, margins.NO_LIMITS
            if variable is not None and not variable.discrete:
                masses, limits = margins.point_masses(column, subjects), margins.limits(variable)
                self.decimals[j] = margins.decimals(column, variable)
            for held, rows in zip(self.margins, within, strict=True):
                own = column if len(rows) < SMALL_CLASS else column[rows]
                held.append(margins.margin(own, masses, limits))

    def _learn_correlation(self, columns: Floats, within: list[Ints], cohort: Cohort, lent: Lent | None = None) -> None:
        scored = [correlation.scores(columns[rows]) for rows in within]
        series = np.average([own.series for own in scored], axis=0, weights=[len(rows) for rows in within])
        subjects = [cohort.subjects[rows] for rows in within]
        if _wide(columns):
            weights = self._weights(subjects, np.zeros(len(within)))
            self.factors, self.rest = few_factors(scored, series, weights, cohort.n_subjects / len(cohort))
        else:
            self.factors, self.rest = all_factors(scored, series, *self._learned(scored, subjects, lent))

    def _weights(self, subjects: list[Ints], lent: Floats) -> list[float]:
        """What the correlation within each class counts; the pooled one counts the rest. ``subjects``: of the rows of
        each class; ``lent``: patients that a source counts as in each."""
        counts = [len(np.unique(own)) + more for own, more in zip(subjects, lent.tolist(), strict=True)]
        small = [len(subjects) == 1 or len(own) < SMALL_CLASS for own in subjects]
        return [0.0 if few else n / (n + self.pool_subjects) for few, n in zip(small, counts, strict=True)]

    def _learned(
        self, scored: list[Scores], subjects: list[Ints], lent: Lent | None
    ) -> tuple[list[Moments], list[float], float]:
        """The sums within each class, what those count for its correlation, and patients a row."""
        every = np.concatenate(subjects)
        moments, subjects_a_row = [correlation.moments(own) for own in scored], len(np.unique(every)) / len(every)
        if lent is None:
            return moments, self._weights(subjects, np.zeros(len(scored))), subjects_a_row
        both = [own + more * (1 / subjects_a_row) for own, more in zip(moments, lent.moments, strict=True)]
        return both, self._weights(subjects, lent.patients), subjects_a_row

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        return self.drawn(labels, n, rng, {})

    def drawn(self, labels: Floats | None, n: int, rng: Rng, known: Mapping[int, Floats]) -> Drawn:
        """As ``_sample``, given (n,) values of some columns, by position: numbers first, then at most one other."""
        normals = rng.standard_normal((n, self.factors.shape[2]))
        columns = np.empty((n, self.factors.shape[1]))
        for c, code in enumerate(self.codes):
            rows = slice(0, n) if labels is None else slice(*np.searchsorted(labels, [code, code + 0.5]))
            latent = self._latent(c, normals[rows], rng)
            if known:
                bounds = {j: self._bounds(c, j, values[rows]) for j, values in known.items()}
                latent = conditioned(latent, self.factors[c], self.rest[c], bounds, rng)
            probabilities = ndtr(latent)
            for j, margin in enumerate(self.margins[c]):
                columns[rows, j] = margin.quantile(probabilities[:, j])
        values = self._observed(columns)
        for j, given in known.items():
            values[:, j] = given
        return Drawn.beside(values, labels)

    def _latent(self, c: int, normals: Floats, rng: Rng) -> Floats:
        """(n, d) latent variables of rows of a class, from as many standard normal rows as its factors take."""
        latent: Floats = normals @ self.factors[c].T
        if self.rest.any():
            latent += self.rest[c] * rng.standard_normal(latent.shape)
        return latent

    def _bounds(self, c: int, j: int, values: Floats) -> Bounds:
        """Between which values of its latent variable a column of a class has these ones."""
        if j in self.orders:
            values = np.argsort(self.orders[j])[values.astype(np.int64)].astype(np.float64)
        margin = self.margins[c][j]
        low, high = margin.probabilities(values)
        exact = np.clip(low, margin.edge, 1 - margin.edge)  # the least value is no infinity
        return ndtri(np.where(low < high, low, exact)), ndtri(np.where(low < high, high, exact))

    def _observed(self, columns: Floats) -> Floats:
        """The inverse of ``_latent_columns``, with values rounded to the grid that they are recorded on."""
        width = len(self.decimals)
        values = columns[:, :width]
        for j, order in self.orders.items():
            known = ~np.isnan(values[:, j])
            values[known, j] = order[values[known, j].astype(np.int64)]
        for j in range(width):
            if self.decimals[j] >= 0:
                values[:, j] = np.round(values[:, j], self.decimals[j])
            if self.pattern[j] >= 0:
                values[columns[:, width + self.pattern[j]] == 0.0, j] = np.nan
        return values

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        knots, ends = margins.pack([margin for held in self.margins for margin in held])
        arrays = {
            "knots": knots,
            "ends": ends,
            "factors": self.factors,
            "rest": self.rest,
            "codes": self.codes,
            "pattern": self.pattern,
        }
        orders = {str(j): order.tolist() for j, order in self.orders.items()}
        return {**arrays, "decimals": self.decimals}, {"orders": orders}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.factors, self.rest, self.codes = arrays["factors"], arrays["rest"], arrays["codes"]
        self.pattern, self.decimals = arrays["pattern"], arrays["decimals"]
        self.orders = {int(j): np.array(order) for j, order in state["orders"].items()}
        every = margins.unpack(arrays["knots"], arrays["ends"])
        width = self.factors.shape[1]
        self.margins = [every[c * width : (c + 1) * width] for c in range(len(self.codes))]


def _wide(columns: Floats) -> bool:
    return bool(columns.shape[1] > max(WIDE, 2 * len(columns)))


def _level_orders(values: Floats, variables: tuple[Variable, ...], within: list[Ints]) -> dict[int, Ints]:
    """For each nominal column of 3 or more levels, its level codes in the order of their latent variable.

    Levels are ordered along the direction in which their mean scores on the other columns differ most, within classes:
    the leading left singular vector of the level means, weighted by the root of the level sizes.
    """
    nominal = [j for j, v in enumerate(variables) if v.kind == "categorical" and len(v.levels or ()) > 2]
    others = [j for j in range(len(variables)) if j not in nominal]
    if not nominal or not others:
        return {}
    scored = np.empty((len(values), len(others)))
    for rows in within:
        scored[rows] = correlation.scores(values[rows][:, others]).values
    orders = {}
    for j in nominal:
        known = ~np.isnan(values[:, j])
        member = values[known, j][None, :] == np.arange(len(variables[j].levels or ()))[:, None]
        root = np.sqrt(np.maximum(member.sum(axis=1, keepdims=True), 1))
        direction = np.linalg.svd(member @ scored[known] / root, full_matrices=False)[0][:, 0] / root[:, 0]
        orders[j] = np.argsort(direction, kind="stable")
    return orders
