"""Bayesian network: a graph of which variables depend on which, learned or known, and a small model of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.units import patient_weights
from fewfold.methods.base import Drawn, Method
from fewfold.methods.borrowing import Borrowed, LogDensity, borrow, worth
from fewfold.methods.generators import network_columns, network_edges, network_nodes
from fewfold.methods.generators.network_columns import PROBABILITIES, Table
from fewfold.methods.generators.network_nodes import Node
from fewfold.methods.generators.network_search import Judge, Search, nearest, order
from fewfold.methods.generators.network_teacher import Teacher

CALIBRATION_ROWS = 2000
COMPLETIONS = 100  # of a row with missing values, to see how likely it is
Edge = tuple[str, str, float]


class BayesianNetwork(Method):
    """A directed graph without cycles is searched for, and each variable is drawn given its parents.

    A node of levels has a table of shares for each configuration of its parents, in which numbers are cut into thirds.
    A node of numbers, as normal scores, has a linear regression on numbers: one for each configuration of the levels
    among its parents, or one for all with a shift for each level, whichever makes the rows more likely. Graphs are
    scored by BDeu and BGe with a prior of ``prior_strength`` patients; each patient counts as one, however many rows
    there are. Rows are drawn from the posterior predictive distribution, so that what few patients say is shrunk:
    levels towards their shares in all rows, which count as ``smoothing`` patients. A drawn number is brought back to
    the distribution of its column, inside the observed range.

    ``required`` and ``forbidden`` list edges as [parent, child]; ``tiers`` lists lists of names, and no edge leads from
    a tier to an earlier one (a variable in no tier is free). A variable has at most ``max_parents``, looked for among
    the ``candidates`` that are most associated with it, and the class. A target with classes is drawn first and has no
    parents. A column that was never observed has no edges. The pattern of missing values is that of a training row of
    the class; a step of the search is judged on the rows in which all variables that it is about are known.

    The patients of a ``source`` join those of the cohort, each with a small weight: they count towards the graph and
    towards every node, numbers by their normal scores among themselves. Margins and the rates of missing values are
    those of the cohort. What is borrowed is judged by how likely it makes held-out patients given their class.

    After ``fit``, ``edges`` lists (parent, child, log odds of the edge against none), the strongest first.
    """

    card = MethodCard(
        name="bayesian_network",
        title="Bayesian network",
        family="generator",
        summary="A graph of which variables depend on which, learned or given, and a small model of each variable.",
        min_subjects=10,
        may_destroy=("dependence that is not monotone", "weak associations", "identities between columns"),
        cost="tenths of a second, and some 10 ms for each column above 100",
        release="consortium",
        borrows=True,
        references=("10.1007/BF00994016", "10.1214/aos/1035844981", "10.1214/14-AOS1217"),
    )

    def __init__(
        self,
        *,
        required: Sequence[Sequence[str]] = (),
        forbidden: Sequence[Sequence[str]] = (),
        tiers: Sequence[Sequence[str]] = (),
        max_parents: int = 3,
        candidates: int = 10,
        prior_strength: float = 3.0,
        smoothing: float = 3.0,
    ) -> None:
        self.required, self.forbidden, self.tiers = _lists(required), _lists(forbidden), _lists(tiers)
        self.max_parents = max_parents
        self.candidates = candidates
        self.prior_strength = prior_strength
        self.smoothing = smoothing
        if prior_strength < 0.01 or smoothing <= 0 or min(max_parents, candidates) < 0:
            raise BadInput(
                expected="prior_strength of 0.01 or more, smoothing above 0, max_parents and candidates of 0 or more",
                found=f"{prior_strength}, {smoothing}, {max_parents} and {candidates}",
                fix="The first two are counts of patients; 3 is a weak prior.",
            )

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        self._learn(self._teacher(*self._learn_columns(cohort)), cohort, rng)

    def _borrow(self, cohort: Cohort, source: Cohort, rng: Rng) -> Borrowed:
        table, weights = self._learn_columns(cohort)
        root = len(self.scales) - 1 if self.class_counts else None

        def teacher(source: Cohort, rows: Ints, share: float) -> Teacher:
            if not share:
                return self._teacher(table.take(rows), weights[rows])
            lent, others = network_columns.lent(source.modelled, self.scales), patient_weights(source.subjects)
            each = worth(share, weights[rows].sum(), others.sum()) / others.sum()
            return self._teacher(table.take(rows).beside(lent), np.concatenate([weights[rows], each * others]))

        def lend(source: Cohort) -> LogDensity:
            def log_density(train: Ints, test: Ints, share: float) -> Floats:
                nodes, _ = self._graph(teacher(source, train, share))
                return self._log_density([node for node in nodes if node.family.child != root], cohort.modelled[test])

            return log_density

        found = borrow(cohort, source, lend, rng)
        self._learn(teacher(source, np.arange(len(weights)), found.share), cohort, rng)
        return found

    def _learn_columns(self, cohort: Cohort) -> tuple[Table, Floats]:
        """The rows as the network sees them, and their weights."""
        values, weights = cohort.modelled, patient_weights(cohort.subjects)
        self._learn_missing(values, weights)
        self.scales = network_columns.scales(values, self.schema.modelled, cohort.subjects)
        return network_columns.table(values, self.scales), weights

    def _teacher(self, table: Table, weights: Floats) -> Teacher:
        sizes, discrete = [scale.size for scale in self.scales], np.array([scale.discrete for scale in self.scales])
        return Teacher(table, weights, sizes, discrete, self.prior_strength, self.smoothing)

    def _learn(self, teacher: Teacher, cohort: Cohort, rng: Rng) -> None:
        self.nodes, self.edges = self._graph(teacher)
        weights = patient_weights(cohort.subjects)
        classes = rng.choice(len(weights), CALIBRATION_ROWS, p=weights / weights.sum())
        labels = cohort.y[classes] if self.class_counts else None
        self._walk(Table.empty(CALIBRATION_ROWS, len(self.scales)), labels, rng, calibrate=True)

    def _learn_missing(self, values: Floats, weights: Floats) -> None:
        """The patterns of missing values, and the weight of each in every class."""
        self.patterns, which = np.unique(np.isnan(values), axis=0, return_inverse=True)
        classes = values[:, -1].astype(np.int64) if self.class_counts else np.zeros(len(values), dtype=np.int64)
        self.pattern_weights = np.zeros((max(len(self.class_counts), 1), len(self.patterns)))
        np.add.at(self.pattern_weights, (classes, which.ravel()), weights)

    def _graph(self, teacher: Teacher) -> tuple[list[Node], list[Edge]]:
        """The nodes in order, and the edges, the strongest first."""
        names = [variable.name for variable in self.schema.modelled]
        root = names[-1] if self.class_counts else None
        told = network_edges.knowledge(names, root, self.required, self.forbidden, self.tiers, self.max_parents)
        known = told.among(np.array([len(scale.seen) > 0 for scale in self.scales]))
        gains = network_columns.screen(teacher.table, teacher.sizes, teacher.discrete, teacher.weights)
        candidates = nearest(gains, known.allowed, self.candidates)
        if root is not None:
            candidates[-1] = known.allowed[-1]
        judge = Judge(teacher, None if root is None else len(names) - 1)
        parents = Search(judge, known, candidates, self.max_parents).run()
        nodes: list[Node] = []
        for child in order(parents):
            if len(self.scales[child].seen):
                rows = judge.known({child, *parents[child]})
                nodes.append(teacher.learn(child, parents[child], rows))
        found: list[Edge] = [
            (names[parent], names[child], judge.gain(child, own - {parent}, parent))
            for child, own in enumerate(parents)
            for parent in own
        ]
        return nodes, sorted(found, key=lambda edge: (-edge[2], edge[1], edge[0]))

    def _walk(self, table: Table, labels: Floats | None, rng: Rng, *, calibrate: bool = False) -> Floats:
        """Draw the columns of an empty ``table`` in order, enter them, and give them as values (n, d)."""
        values: Floats = np.full_like(table.scores, np.nan)
        for node in self.nodes:
            j = node.family.child
            if labels is not None and j == values.shape[1] - 1:
                values[:, j] = labels
            else:
                drawn = node.draw(table, rng)
                if calibrate and not self.scales[j].discrete:
                    self.scales[j] = replace(self.scales[j], reach=np.quantile(drawn, PROBABILITIES))
                values[:, j] = self.scales[j].outside(drawn)
            table.set(j, self.scales[j].inside(values[:, j]), self.scales[j].discrete)
        return values

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        values = self._walk(Table.empty(n, len(self.scales)), labels, rng)
        codes = np.zeros(n, dtype=np.int64) if labels is None else labels.astype(np.int64)
        for code in np.unique(codes):
            rows = np.flatnonzero(codes == code)
            share = self.pattern_weights[code] / self.pattern_weights[code].sum()
            missing = self.patterns[rng.choice(len(share), len(rows), p=share)]
            values[rows] = np.where(missing, np.nan, values[rows])
        return Drawn(values)

    def log_density(self, cohort: Cohort) -> Floats:
        """(n,) how likely the network finds the values of each row, those of the target among them; numbers as normal
        scores, so that networks with the same training rows can be compared.

        -inf for a level that was not seen. What is missing is averaged over: drawn 100 times given the row's values
        before it, each time with the weight of those after it. Raises ``BadInput`` for a cohort with other columns.
        """
        self._check_fitted()
        if cohort.schema.modelled != self.schema.modelled:
            raise BadInput(
                expected="a cohort with the schema of the training rows",
                found=", ".join(variable.name for variable in cohort.schema.modelled),
                fix="Read both with one schema.",
            )
        return self._log_density(self.nodes, cohort.modelled)

    def _log_density(self, nodes: Sequence[Node], values: Floats) -> Floats:
        times = np.where(np.isnan(values).any(axis=1), COMPLETIONS, 1)
        rows = np.repeat(np.arange(len(values)), times)
        table, rng = network_columns.table(values[rows], self.scales), np.random.default_rng(0)
        total = np.zeros(len(rows))
        for node in nodes:
            j = node.family.child
            scale, missing = self.scales[j], np.isnan(table.scores[:, j])
            total[~missing] += node.log_density(table.take(~missing))
            scores = table.scores[:, j].copy()
            scores[missing] = scale.inside(scale.outside(node.draw(table.take(missing), rng)))
            table.set(j, scores, scale.discrete)
        ends = np.cumsum(times)
        return np.array([logsumexp(part) - np.log(len(part)) for part in np.split(total, ends[:-1])])

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        nodes, told = network_nodes.pack(self.nodes)
        scales, kinds = network_columns.pack(self.scales)
        arrays = {**nodes, **scales, "patterns": self.patterns, "pattern_weights": self.pattern_weights}
        return arrays, {"nodes": told, "scales": kinds, "edges": self.edges}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.patterns, self.pattern_weights = arrays["patterns"], arrays["pattern_weights"]
        self.nodes = network_nodes.unpack(arrays["nodes"], state["nodes"])
        self.scales = network_columns.unpack(arrays["scales"], state["scales"])
        self.edges = [(parent, child, gain) for parent, child, gain in state["edges"]]


def _lists(given: Sequence[Sequence[str]]) -> list[Any]:
    """JSON values; what is no list of names is left to be refused."""
    return [list(each) if isinstance(each, tuple) else each for each in given]
