"""Trees of columns beside their class: which are linked, chosen under privacy, and how one is drawn given another.

Each column is cut into few groups of its cells. The link of two columns is a table of their groups, over all classes.
What is drawn agrees with it and with the table of each with the class, and is as even as that allows (maximum entropy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from fewfold.core.types import Floats, Ints
from fewfold.methods.generators.privacy.cells import FEWEST
from fewfold.methods.generators.privacy.statistics import table
from fewfold.methods.generators.privacy.viability import MOST_CELL_NOISE

MOST_GROUPS = 8  # of the cells of a column, a missing value not counted
ROUNDS = 50  # of proportional fitting
LEAST = 1e-3  # of what is expected without a link

Edge = tuple[int, int]


def coarseness(patients: float, sigma: float) -> int:
    """Groups of a column, such that noise ``sigma`` is no larger than is viable for a pair of columns."""
    return int(np.clip(np.sqrt(MOST_CELL_NOISE * patients / sigma), FEWEST, MOST_GROUPS))


def groups(shares: Floats, at_most: int) -> Ints:
    """(cells + 1,) the group of each cell of a column with these (cells + 1,) shares: neighbours, about as many
    patients in each group; a missing value is the last."""
    known = shares[:-1]
    if len(known) <= at_most:
        return np.arange(len(shares))
    middle = (np.cumsum(known) - known / 2) / max(float(known.sum()), 1e-300)
    return np.append(np.minimum((middle * at_most).astype(np.int64), at_most - 1), at_most)


def grouped(shares: Floats, group: Ints) -> Floats:
    """(classes, groups) shares from those of the cells, (classes, cells + 1)."""
    return shares @ np.eye(int(group[-1]) + 1)[group]


def expected(weights: Floats, one: Floats, other: Floats) -> Floats:
    """(groups, groups) shares of two columns that depend on each other by the class alone. ``weights``: (classes,)."""
    shares: Floats = (weights[:, None] * one).T @ other
    return shares


def link_scores(codes: Sequence[Ints], shares: Sequence[Floats], weights: Floats, patients: float) -> dict[Edge, float]:
    """By how many patients the table of each two columns is off from what is expected (L1 norm; one patient changes it
    by 1). ``codes``: the group of each patient (n,) by column; ``shares``: (classes, groups) by column."""
    scores = {}
    for i, j in combinations(range(len(codes)), 2):
        even = patients * expected(weights, shares[i], shares[j])
        scores[i, j] = float(np.abs(table(codes[i], codes[j], even.shape) - even).sum())
    return scores


def spanning(scores: dict[Edge, float], d: int, choose: Callable[[Floats], int]) -> list[Edge]:
    """d - 1 links that join all columns, each chosen by its score among those that join two parts (McKenna, Miklau and
    Sheldon 2021, 10.29012/jpc.778)."""
    part, kept = list(range(d)), []
    for _ in range(d - 1):
        able = [edge for edge in scores if part[edge[0]] != part[edge[1]]]
        i, j = able[choose(np.array([scores[edge] for edge in able]))]
        part = [part[i] if p == part[j] else p for p in part]
        kept.append((i, j))
    return kept


def rooted(edges: Sequence[Edge], d: int) -> list[Edge]:
    """(parent, child) of each column, parents first; the parent of a column that starts a tree is -1."""
    order: list[Edge] = []
    seen: set[int] = set()
    for start in range(d):
        queue = [] if start in seen else [(-1, start)]
        while queue:
            parent, child = queue.pop(0)
            seen.add(child)
            order.append((parent, child))
            queue += [(child, k) for edge in edges for k in edge if child in edge and k not in seen]
    return order


def linked(noisy: Floats, sigma: float, even: Floats, patients: float) -> Floats:
    """(groups, groups) shares from a table with noise ``sigma``, shrunk towards what is expected without a link by what
    noise alone would put between them (James and Stein), with the sums of ``even`` by row and column."""
    apart = noisy / patients - even
    weight = max(0.0, 1 - noisy.size * (sigma / patients) ** 2 / max(float((apart**2).sum()), 1e-300))
    shares = np.maximum(even + weight * apart, LEAST * even)
    for _ in range(ROUNDS):
        shares = shares * _ratio(even.sum(axis=1), shares.sum(axis=1))[:, None]
        shares = shares * _ratio(even.sum(axis=0), shares.sum(axis=0))
    return shares


def given_parent(weights: Floats, parent: Floats, child: Floats, pair: Floats) -> Floats:
    """(classes, groups of the parent, groups of the child) shares of the child, whose joint distribution with class and
    parent is the most even one that has these three tables (iterative proportional fitting, Deming and Stephan 1940,
    10.1214/aoms/1177731829)."""
    first, second = weights[:, None] * parent, weights[:, None] * child
    joint = first[:, :, None] * child[:, None, :]
    for _ in range(ROUNDS):
        joint = joint * _ratio(pair, joint.sum(axis=0))
        joint = joint * _ratio(first, joint.sum(axis=2))[:, :, None]
        joint = joint * _ratio(second, joint.sum(axis=1))[:, None, :]
    sums = joint.sum(axis=2, keepdims=True)
    return np.where(sums > 0, joint / np.maximum(sums, 1e-300), child[:, None, :])


def spread(shares: Floats, parent: Ints, child: Ints, own: Floats) -> Floats:
    """(classes, cells of the parent, cells of the child) shares from those of groups: within a group of the child cells
    come as in its class. ``parent``, ``child``: the group of each cell; ``own``: (classes, cells) of the child."""
    within = own * _ratio(np.ones_like(own), grouped(own, child)[:, child])
    cells: Floats = shares[:, parent][:, :, child] * within[:, None, :]
    return cells


def _ratio(wanted: Floats, found: Floats) -> Floats:
    return np.where(found > 1e-300, wanted / np.maximum(found, 1e-300), 0.0)
