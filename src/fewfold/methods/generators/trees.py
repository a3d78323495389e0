"""Trees as plain arrays: grown by scikit-learn, descended with numpy, so that a fitted model is numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.units import patient_weights
from fewfold.methods.generators.designs import Design


@dataclass(frozen=True)
class Forest:
    """One or more trees whose leaves hold training rows.

    One entry a node: ``left`` and ``right`` (-1 at a leaf), ``feature``, ``threshold``, ``nan_left`` (where a missing
    value goes), and ``first`` and ``size``, its part of ``donors`` (positions of training rows). ``roots``: the nodes
    that trees start from.
    """

    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    nan_left: Bools
    first: Ints
    size: Ints
    roots: Ints
    donors: Ints

    def leaves(self, design: Design, rng: Rng) -> Ints:
        """(n,) the leaf that each row of ``design`` reaches, in a tree picked at random for each row."""
        roots = self.roots[rng.integers(len(self.roots), size=len(design))]
        return _descend(self, design, roots, np.arange(len(design)))

    def reached(self, design: Design) -> Ints:
        """(trees, n) the leaf that each row of ``design`` reaches in each tree."""
        nodes, rows = np.repeat(self.roots, len(design)), np.tile(np.arange(len(design)), len(self.roots))
        return _descend(self, design, nodes, rows).reshape(len(self.roots), len(design))

    def draw(self, leaves: Ints, rng: Rng) -> Ints:
        """(n,) an entry of ``donors`` picked at random from each leaf."""
        offset: Ints = (rng.random(len(leaves)) * self.size[leaves]).astype(np.int64)
        return self.first[leaves] + offset

    def spread(self, column: Floats, kept: Bools) -> Floats:
        """The width of a normal kernel for each entry of ``donors``: 0.9 SD n^(-1/5) over its leaf (Silverman's rule),
        0 for ``kept`` training rows, which also count for nothing."""
        leaf, values = np.repeat(np.arange(len(self.size)), self.size), column[self.donors]
        free = ~kept[self.donors]
        count = np.maximum(np.bincount(leaf[free], minlength=len(self.size)), 1)
        mean = np.bincount(leaf[free], values[free], minlength=len(self.size)) / count
        away = (values - mean[leaf]) ** 2
        variance = np.bincount(leaf[free], away[free], minlength=len(self.size)) / count
        width: Floats = np.where(free, (0.9 * np.sqrt(variance) * count**-0.2)[leaf], 0.0)
        return width


class Screen:
    """Which columns of a ``design`` that is being filled, from the left, a tree may look at: the first, which is the
    class, and those that correlate most with what it predicts, ``most`` in all."""

    def __init__(self, design: Design, most: int) -> None:
        self.design, self.most = design, most
        self.unit = np.zeros(design.shape if design.shape[1] > most else (0, 0))
        self.done = 0

    def chosen(self, outcome: Floats, rows: Ints, seen: int, *, levels: bool) -> Ints:
        """Positions, ascending, among the ``seen`` columns, for an ``outcome`` known in ``rows``."""
        if seen <= self.most:
            return np.arange(seen)
        self._standardise(seen)
        values = outcome[rows][:, None]
        sides = (values == np.unique(values)).astype(np.float64) if levels else values
        strength = np.abs((sides - sides.mean(axis=0)).T @ self.unit[rows, :seen]).max(axis=0)
        strength[0] = np.inf
        return np.sort(np.argsort(-strength, kind="stable")[: self.most])

    def _standardise(self, seen: int) -> None:
        """Columns with mean 0 and length 1, 0 where missing."""
        part = slice(self.done, seen)
        new = self.design[:, part].astype(np.float64)
        known = ~np.isnan(new)
        mean = np.where(known, new, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        new = np.where(known, new - mean, 0.0)
        self.unit[:, part] = new / np.maximum(np.linalg.norm(new, axis=0), 1e-9)
        self.done = seen


def grow(
    design: Design,
    outcome: Floats,
    rows: Ints,
    subjects: Ints,
    rng: Rng,
    *,
    columns: Ints,
    levels: bool,
    trees: int,
    min_leaf: int,
) -> Forest:
    """Trees for ``outcome`` (levels or a number) given some ``columns`` of ``design``, on some ``rows``; every leaf has
    at least ``min_leaf`` patients, or all that there are.

    A row weighs one over the rows of its patient, so that a leaf's weight is at most its number of patients. Where
    there are several trees, each split looks at a random third of the columns; rows are not bootstrapped, which would
    thin the leaves.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    weights, patients = patient_weights(subjects[rows]), len(np.unique(subjects[rows]))
    enough = patients >= 2 * min_leaf
    model = (DecisionTreeClassifier if levels else DecisionTreeRegressor)(
        min_weight_fraction_leaf=min(0.5, (min_leaf - 1e-6) / patients),
        max_features=1 / 3 if trees > 1 else None,
    )
    grown, seen = [], design[np.ix_(rows, columns)]
    for _ in range(trees):
        model.set_params(random_state=seed_of(rng))
        model.fit(seen, outcome[rows] * enough, sample_weight=weights)
        grown.append(model.tree_)
    forest = holding(of_sklearn(grown), seen, rows)
    return replace(forest, feature=columns[np.maximum(forest.feature, 0)])


def of_sklearn(trees: Sequence[Any]) -> Forest:
    """The ``tree_`` of fitted estimators, one after the other, with no rows in their leaves."""
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])
    shift = np.repeat(starts[:-1], np.diff(starts))
    left, right = (np.concatenate([getattr(tree, f"children_{side}") for tree in trees]) for side in ("left", "right"))
    nothing = np.zeros(starts[-1], dtype=np.int64)
    return Forest(
        left=np.where(left < 0, -1, left + shift),
        right=np.where(right < 0, -1, right + shift),
        feature=np.concatenate([tree.feature for tree in trees]),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        nan_left=np.concatenate([tree.missing_go_to_left for tree in trees]).astype(bool),
        first=nothing,
        size=nothing,
        roots=starts[:-1],
        donors=nothing[:0],
    )


def holding(forest: Forest, design: Design, rows: Ints) -> Forest:
    """The forest with these ``rows`` in the leaves that they reach in every tree; ``design`` is theirs.

    In a leaf they are ordered as they are handed in.
    """
    leaves = forest.reached(design).ravel()
    size = np.bincount(leaves, minlength=len(forest.left))
    donors = np.tile(rows, len(forest.roots))[np.argsort(leaves, kind="stable")]
    return replace(forest, first=np.cumsum(size) - size, size=size, donors=donors)


def _descend(forest: Forest, design: Design, nodes: Ints, rows: Ints) -> Ints:
    """The leaves that ``rows`` of ``design`` reach from ``nodes``, which are overwritten."""
    flat, start = design.ravel(), rows * design.shape[1]
    active = np.flatnonzero(forest.left[nodes] >= 0)
    while len(active):
        node = nodes[active]
        value = flat[start[active] + forest.feature[node]]
        goes_left = np.where(np.isnan(value), forest.nan_left[node], value <= forest.threshold[node])
        node = np.where(goes_left, forest.left[node], forest.right[node])
        nodes[active] = node
        active = active[forest.left[node] >= 0]
    return nodes


def pack(forests: Sequence[Forest]) -> dict[str, Any]:
    """All forests as one array for each of their parts, and where each forest ends in it."""
    arrays: dict[str, Any] = {}
    for f in fields(Forest):
        parts = [getattr(forest, f.name) for forest in forests]
        arrays[f.name] = np.concatenate(parts)
        arrays[f"{f.name}_ends"] = np.cumsum([len(part) for part in parts])
    return arrays


def unpack(arrays: Mapping[str, Any]) -> list[Forest]:
    """The inverse of :func:`pack`."""
    parts = {f.name: np.split(arrays[f.name], arrays[f"{f.name}_ends"][:-1]) for f in fields(Forest)}
    return [Forest(**dict(zip(parts, one, strict=True))) for one in zip(*parts.values(), strict=True)]
