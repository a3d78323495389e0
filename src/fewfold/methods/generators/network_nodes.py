"""Nodes of a network: what one variable learns given its parents, and how it is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.methods.generators.network_columns import Table
from fewfold.methods.generators.network_scores import Regression


@dataclass(frozen=True)
class Family:
    """A variable and its parents, by position. ``coded`` parents count by their code, ``linear`` ones by their score;
    ``sizes``: the number of codes of each coded one."""

    child: int
    coded: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()
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
