"""Nodes of a network: what one variable learns given its parents, and how it is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln

from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.methods.generators.network_columns import Table
from fewfold.methods.generators.network_scores import Regression, bdeu, bge_prior, regress


@dataclass(frozen=True)
class Family:
    """A variable and its parents, by position. ``coded`` parents count by their code, ``linear`` ones by their score;
    ``sizes``: the number of codes of each coded one."""

    child: int
    coded: tuple[int, ...]
    sizes: tuple[int, ...]
    linear: tuple[int, ...] = ()

    def keys(self, table: Table) -> Ints:
        """(n,) the configuration of the coded parents as one number."""
        key = np.zeros(len(table.codes), dtype=np.int64)
        for parent, size in zip(self.coded, self.sizes, strict=True):
            key = key * size + table.codes[:, parent]
        return key

    def columns(self, table: Table, levels: bool) -> Floats:
        """(n, p) a constant, with ``levels`` an indicator of each code, and the linear parents."""
        parts = [np.ones((len(table.codes), 1))]
        if levels:
            parts += [table.codes[:, [j]] == np.arange(size) for j, size in zip(self.coded, self.sizes, strict=True)]
        return np.hstack([*parts, table.scores[:, list(self.linear)]]).astype(np.float64)


def _places(keys: Ints, known: Ints) -> Ints:
    """Where ``keys`` are among the ``known`` ones, ascending; behind the last if nowhere."""
    if not len(known):
        return np.zeros(len(keys), dtype=np.int64)
    at = np.searchsorted(known, keys)
    found: Ints = np.where(known[np.minimum(at, len(known) - 1)] == keys, at, len(known))
    return found


@dataclass(frozen=True)
class LevelNode:
    """``shares``: (k + 1, levels) the probabilities in each of the ``known`` configurations (k,), and in any other."""

    family: Family
    known: Ints
    shares: Floats

    def draw(self, table: Table, rng: Rng) -> Floats:
        """(n,) codes."""
        upto = np.cumsum(self.shares, axis=1)[_places(self.family.keys(table), self.known)]
        drawn: Floats = (rng.random((len(upto), 1)) * upto[:, -1:] >= upto).sum(axis=1).astype(np.float64)
        return drawn

    def log_density(self, table: Table) -> Floats:
        """(n,) log probabilities of the codes in ``table``; -inf for a level that was never seen."""
        padded = np.column_stack([self.shares, np.zeros(len(self.shares))])
        with np.errstate(divide="ignore"):
            shares: Floats = np.log(
                padded[_places(self.family.keys(table), self.known), table.codes[:, self.family.child]]
            )
        return shares


@dataclass(frozen=True)
class NumberNode:
    """A regression in each of the ``known`` configurations (k,), and the prior for any other; or, if ``pooled``, one
    regression with a shift for each level."""

    family: Family
    known: Ints
    fitted: Regression
    pooled: bool

    def _predicted(self, table: Table) -> tuple[Floats, Floats, Floats]:
        """(n,) location, scale and degrees of freedom of Student's t."""
        fitted, x = self.fitted, self.family.columns(table, self.pooled)
        places = np.zeros(len(x), dtype=np.int64) if self.pooled else _places(self.family.keys(table), self.known)
        location, spread = np.empty(len(x)), np.empty(len(x))
        for k in np.unique(places):
            own = places == k
            location[own] = x[own] @ fitted.mean[k]
            spread[own] = ((x[own] @ fitted.spread[k]) * x[own]).sum(axis=1)
        scale = np.sqrt((fitted.rate / fitted.shape)[places] * (1 + spread))
        return location, scale, 2 * fitted.shape[places]

    def draw(self, table: Table, rng: Rng) -> Floats:
        """(n,) scores."""
        location, scale, freedom = self._predicted(table)
        drawn: Floats = location + scale * rng.standard_t(freedom)
        return drawn

    def log_density(self, table: Table) -> Floats:
        """(n,) log densities of the scores in ``table``."""
        location, scale, freedom = self._predicted(table)
        away = (table.scores[:, self.family.child] - location) / scale
        constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - np.log(freedom * np.pi) / 2 - np.log(scale)
        density: Floats = constant - (freedom + 1) / 2 * np.log1p(away**2 / freedom)
        return density


Node = LevelNode | NumberNode


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

    def learn(self, child: int, parents: Iterable[int], rows: Ints) -> tuple[Node, float]:
        """The node of ``child`` from ``rows``, by position, in which the family is known, and the log marginal
        likelihood of the rows."""
        ordered = sorted(parents)
        coded = [p for p in ordered if self.discrete[p] or self.discrete[child]]
        linear = [p for p in ordered if p not in coded]
        family = Family(child, tuple(coded), tuple(self.sizes[p] for p in coded), tuple(linear))
        table = self.table if len(rows) == len(self.weights) else self.table.take(rows)
        weights = self.weights[rows]
        return self._levels(family, table, weights) if self.discrete[child] else self._number(family, table, weights)

    def _levels(self, family: Family, table: Table, weights: Floats) -> tuple[Node, float]:
        """Each configuration is drawn towards the shares of all rows, which count as ``smoothing`` patients in it."""
        levels, child = self.sizes[family.child], family.child
        known, place = np.unique(family.keys(table), return_inverse=True)
        cells = place * levels + table.codes[:, child]
        counted: Floats = np.bincount(cells, weights, len(known) * levels).astype(np.float64)
        counts = counted.reshape(len(known), levels)
        every = np.bincount(self.table.codes[:, child], self.weights * ~np.isnan(self.table.scores[:, child]), levels)
        every = (every + self.strength / levels) / (every.sum() + self.strength)
        shares = (counts + self.smoothing * every) / (counts.sum(axis=1, keepdims=True) + self.smoothing)
        evidence = bdeu(counts, math.prod(family.sizes), self.strength)
        return LevelNode(family, known, np.vstack([shares, every])), evidence

    def _number(self, family: Family, table: Table, weights: Floats) -> tuple[Node, float]:
        """Regressions that are pooled over the configurations of the coded parents or not, whichever makes the rows
        more likely."""
        found: list[tuple[Node, float]] = []
        known, place = np.unique(family.keys(table), return_inverse=True)
        for pooled in [False, True] if family.coded else [False]:
            x = np.hstack([family.columns(table, pooled), table.scores[:, [family.child]]])
            groups = np.zeros_like(place) if pooled else place
            member = np.where(groups == np.arange(1 if pooled else len(known))[:, None], weights, 0.0)
            gram = (member @ (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)).reshape(-1, x.shape[1], x.shape[1])
            slopes = len(family.linear)
            prior = bge_prior(self.strength, x.shape[1] - 1 - slopes, slopes)
            fitted, evidence = regress(gram, member.sum(axis=1), prior)
            found.append((NumberNode(family, known, fitted.followed_by(prior), pooled), evidence))
        return max(found, key=lambda each: each[1])


def pack(nodes: Sequence[Node]) -> tuple[dict[str, Floats], list[Any]]:
    """The numbers of all nodes in one array, and what they are."""
    told, numbers = [], [np.empty(0)]
    for node in nodes:
        parts = [node.known, *([node.shares] if isinstance(node, LevelNode) else node.fitted.parts)]
        numbers += [part.ravel().astype(np.float64) for part in parts]
        pooled = None if isinstance(node, LevelNode) else node.pooled
        told.append([*astuple(node.family), pooled, [part.shape for part in parts]])
    return {"nodes": np.concatenate(numbers)}, told


def unpack(numbers: Floats, told: Sequence[Any]) -> list[Node]:
    """The inverse of :func:`pack`."""
    nodes: list[Node] = []
    at = 0
    for child, coded, sizes, linear, pooled, shapes in told:
        parts = []
        for shape in shapes:
            parts.append(numbers[at : at + math.prod(shape)].reshape(shape))
            at += math.prod(shape)
        family, known = Family(child, tuple(coded), tuple(sizes), tuple(linear)), parts[0].astype(np.int64)
        nodes.append(
            LevelNode(family, known, parts[1])
            if pooled is None
            else NumberNode(family, known, Regression(*parts[1:]), pooled)
        )
    return nodes
