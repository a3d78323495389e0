"""The adversarial loop: forests that tell rows from rows drawn leaf by leaf, until no forest can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.units import patient_weights
from fewfold.methods.generators import trees as forests
from fewfold.methods.generators.designs import Design
from fewfold.methods.generators.trees import Forest


@dataclass(frozen=True)
class Loop:
    """When the loop ends and how its forests grow.

    It ends once a forest is right about at most a share 0.5 + ``delta`` of the rows that it did not see (out of bag),
    or about more than the forest before it, and after ``rounds`` forests beyond the first. A leaf holds at least
    ``min_leaf`` patients.
    """

    trees: int
    min_leaf: int
    rounds: int
    delta: float


def adversary(
    values: Floats, encode: Callable[[Floats], Design], strata: Ints, subjects: Ints, loop: Loop, rng: Rng
) -> tuple[Forest, list[float]]:
    """The forest in whose leaves columns look independent, and the out-of-bag accuracy of every forest grown.

    ``values``: (n, p) real rows. ``encode`` gives them as trees see them. Columns are drawn independently within the
    ``strata`` (n,), first of all rows, then of a leaf.
    """
    real = encode(values)
    weights = patient_weights(subjects)
    told: list[float] = []
    kept, cells = None, strata[None]
    while kept is None or len(told) <= loop.rounds:
        grown, accuracy = _forest(real, encode(shuffled(values, cells, rng)), loop, rng)
        told.append(accuracy)
        if kept is not None and (accuracy <= 0.5 + loop.delta or accuracy > told[-2]):
            break
        kept = pruned(grown, real, weights, loop.min_leaf)
        if accuracy <= 0.5 + loop.delta:
            break
        cells = kept.reached(real) * (strata.max() + 1) + strata
    return kept, told


def shuffled(values: Floats, cells: Ints, rng: Rng) -> Floats:
    """(n, p) rows each of whose values comes from a random row of its cell; ``cells``: (trees, n), a tree picked at
    random for each row."""
    n, p = values.shape
    order, size = np.argsort(cells, axis=None, kind="stable"), np.bincount(cells.ravel())
    mine = cells[rng.integers(len(cells), size=n), np.arange(n)]
    offset = (rng.random((n, p)) * size[mine, None]).astype(np.int64)
    donors = order[(np.cumsum(size) - size)[mine, None] + offset] % n
    drawn: Floats = values[donors, np.arange(p)]
    return drawn


def _forest(real: Design, made: Design, loop: Loop, rng: Rng) -> tuple[Forest, float]:
    """Trees that tell ``real`` rows from as many ``made`` ones, and their out-of-bag accuracy."""
    from sklearn.ensemble import RandomForestClassifier

    design, label = np.concatenate([real, made]), np.repeat([0, 1], len(real))
    model = RandomForestClassifier(
        n_estimators=loop.trees, min_samples_leaf=loop.min_leaf, random_state=seed_of(rng), n_jobs=1
    ).fit(design, label)
    grown = [tree.tree_ for tree in model.estimators_]
    forest = forests.of_sklearn(grown)
    outside = np.ones((loop.trees, len(design)), dtype=bool)
    for mask, rows in zip(outside, model.estimators_samples_, strict=True):
        mask[rows] = False
    share = np.concatenate([tree.value[:, 0, 1] for tree in grown])[forest.reached(design)]
    return forest, _accuracy(share, outside, label)


def _accuracy(share: Floats, outside: Bools, label: Ints) -> float:
    """How often the mean ``share`` (trees, n) of label 1 over the trees that a row is ``outside`` of is on its side."""
    votes = outside.sum(axis=0)
    mean = (share * outside).sum(axis=0)[votes > 0] / votes[votes > 0]
    return float(((mean > 0.5) == label[votes > 0]).mean())


def pruned(forest: Forest, design: Design, weights: Floats, least: float) -> Forest:
    """The forest without leaves that hold rows of ``design`` of less than ``least`` in ``weights``: the sibling takes
    the place of the node above, and takes their rows."""
    reached = forest.reached(design).ravel()
    held = np.bincount(reached, np.tile(weights, len(forest.roots)), len(forest.left))
    inner = np.flatnonzero(forest.left >= 0)
    for node in inner[::-1]:  # a child has a larger number than its parent
        held[node] = held[forest.left[node]] + held[forest.right[node]]
    small = held < least - 1e-9
    left, right = forest.left[inner], forest.right[inner]
    place = np.arange(len(small))
    place[inner] = np.where(small[left] == small[right], inner, np.where(small[left], right, left))
    while not np.array_equal(place, place[place]):
        place = place[place]
    ends = np.ones(len(small), dtype=bool)
    ends[inner] = small[left] & small[right]
    left, right = (np.where(ends, -1, place[side]) for side in (forest.left, forest.right))
    return replace(forest, left=left, right=right, roots=place[forest.roots])
