"""Learning the nodes of a network, and how likely the rows make them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fewfold.core.types import Bools, Floats, Ints
from fewfold.methods.generators.network_columns import Table
from fewfold.methods.generators.network_nodes import Family, LevelNode, Node, NumberNode
from fewfold.methods.generators.network_scores import Prior, bdeu, bge, bge_prior, regress

_Sums = tuple[Ints, bool, Floats, Floats, Prior]  # configurations, pooled, gram, rows, prior


@dataclass(frozen=True)
class Teacher:
    """The rows that nodes learn from: ``table`` and ``weights`` (n,), how many codes each column has (``sizes``) and
    whether they are levels (``discrete``); ``strength`` of the priors, ``smoothing`` of the levels drawn, in patients.
    """

    table: Table
    weights: Floats
    sizes: Sequence[int]
    discrete: Bools
    strength: float
    smoothing: float

    def score(self, child: int, parents: Iterable[int], rows: Ints) -> float:
        """The log marginal likelihood of ``child`` given its parents in ``rows``, by position, where all are known."""
        family, table, weights = self._family(child, parents, rows)
        if self.discrete[child]:
            return bdeu(self._counts(family, table, weights)[1], math.prod(family.sizes), self.strength)
        return max(bge(gram, of, prior) for _, _, gram, of, prior in self._regressions(family, table, weights))

    def learn(self, child: int, parents: Iterable[int], rows: Ints) -> Node:
        """The node of ``child`` from ``rows``, by position, where the family is known.

        Levels: the shares in each configuration are drawn towards those of all rows, which count as ``smoothing``
        patients. Numbers: of regressions in each configuration and a pooled one, what makes the rows more likely.
        """
        family, table, weights = self._family(child, parents, rows)
        if self.discrete[child]:
            known, counts = self._counts(family, table, weights)
            observed = np.flatnonzero(~np.isnan(self.table.scores[:, child]))
            every = self._counts(Family(child), self.table.take(observed), self.weights[observed])[1][0]
            every = (every + self.strength / len(every)) / (every.sum() + self.strength)
            shares = (counts + self.smoothing * every) / (counts.sum(axis=1, keepdims=True) + self.smoothing)
            return LevelNode(family, known, np.vstack([shares, every]))
        found = self._regressions(family, table, weights)
        known, pooled, gram, of, prior = max(found, key=lambda each: bge(*each[2:]))
        gram = np.concatenate([gram, np.zeros_like(gram, shape=(1, *gram.shape[1:]))])  # where there are no rows
        return NumberNode(family, known, regress(gram, np.append(of, 0.0), prior), pooled)

    def _family(self, child: int, parents: Iterable[int], rows: Ints) -> tuple[Family, Table, Floats]:
        ordered = sorted(parents)
        coded = [p for p in ordered if self.discrete[p] or self.discrete[child]]
        linear = [p for p in ordered if p not in coded]
        family = Family(child, tuple(coded), tuple(self.sizes[p] for p in coded), tuple(linear))
        return family, self.table if len(rows) == len(self.weights) else self.table.take(rows), self.weights[rows]

    def _counts(self, family: Family, table: Table, weights: Floats) -> tuple[Ints, Floats]:
        """The configurations that occur, (k,), and the weight of each level in them, (k, levels)."""
        known, place = _distinct(family, table)
        levels = self.sizes[family.child]
        cells = place * levels + table.codes[:, family.child]
        counts: Floats = np.bincount(cells, weights, len(known) * levels).astype(np.float64)
        return known, counts.reshape(len(known), levels)

    def _regressions(self, family: Family, table: Table, weights: Floats) -> list[_Sums]:
        """Of regressions in each configuration, and of one for all with shifts: what :func:`bge` needs."""
        known, place = _distinct(family, table)
        member = weights * (place == np.arange(len(known))[:, None])
        found, slopes = [], len(family.linear)
        for pooled in (False, True)[: 1 + bool(family.coded)]:
            x = np.hstack([family.columns(table, pooled), table.scores[:, [family.child]]])
            rows, width = weights[None] if pooled else member, x.shape[1]
            gram = (rows @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)).reshape(len(rows), width, width)
            found.append((known, pooled, gram, rows.sum(axis=1), bge_prior(self.strength, width - 1 - slopes, slopes)))
        return found


def _distinct(family: Family, table: Table) -> tuple[Ints, Ints]:
    """(k,) the configurations that occur, and (n,) which one each row has."""
    if not family.coded:
        return np.zeros(1, dtype=np.int64), np.zeros(len(table.codes), dtype=np.int64)
    known, place = np.unique(family.keys(table), return_inverse=True)
    return known, place.astype(np.int64)
