"""Boosted trees that predict several numbers at once, as many as held-out patients gain from, kept as plain arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

import numpy as np

from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Floats, Ints
from fewfold.methods.generators import trees
from fewfold.methods.generators.designs import Design
from fewfold.methods.generators.trees import Forest

FOLDS = 3
PATIENCE = 10  # trees from which no outcome gains, after which none is grown
RATE = 0.2  # what a tree adds of what it finds
LEAVES = 32  # of a tree, at most
SHARE = 0.02  # of the weight that a leaf has, at least
LOOKED_AT = 10  # columns that a split looks at


@dataclass(frozen=True, eq=False)
class Boosted:
    """``forest``, and ``steps`` (nodes, q): what a leaf adds to each outcome."""

    forest: Forest
    steps: Floats

    @classmethod
    def fit(cls, design: Design, outcomes: Floats, weights: Floats, patients: Ints, most: int, rng: Rng) -> Self:
        """Learn ``outcomes`` (n, q) from ``design`` (n, p), where rows have ``weights`` (n,) and belong to ``patients``
        (n,), codes from 0 on; at most ``most`` trees.

        Each tree splits what those before have left at the best of random thresholds, one for each of some random
        columns (Geurts et al., 10.1007/s10994-006-6226-1). Each outcome is learned from as many trees as lose least on
        held-out patients.
        """
        useful = _useful(design, outcomes, weights, patients, most, rng)
        grown = list(islice(_grown(design, outcomes, weights, rng), max(1, int(useful.max()))))
        steps = [added * (k < useful) for k, (_, added) in enumerate(grown)]
        return cls(trees.of_sklearn([tree for tree, _ in grown]), np.concatenate(steps))

    def predict(self, design: Design) -> Floats:
        """(n, q) outcomes."""
        total = np.zeros((len(design), self.steps.shape[1]))
        for leaves in self.forest.reached(design):
            total += self.steps[leaves]
        return total

    def arrays(self) -> dict[str, Any]:
        """What :meth:`of` takes."""
        return {"steps": self.steps, **trees.pack([self.forest])}

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`arrays`."""
        return cls(trees.unpack(arrays)[0], arrays["steps"])


def _grown(design: Design, outcomes: Floats, weights: Floats, rng: Rng) -> Iterator[tuple[Any, Floats]]:
    """One tree of scikit-learn after the other, and (nodes, q) what it adds."""
    from sklearn.tree import ExtraTreeRegressor

    looked_at = min(LOOKED_AT, design.shape[1])
    model = ExtraTreeRegressor(max_leaf_nodes=LEAVES, min_weight_fraction_leaf=SHARE, max_features=looked_at)
    left = outcomes.copy()
    while True:
        tree = model.set_params(random_state=seed_of(rng)).fit(design, left, sample_weight=weights).tree_
        added = RATE * tree.value[:, :, 0]
        left -= added[tree.apply(design)]
        yield tree, added


def _useful(design: Design, outcomes: Floats, weights: Floats, patients: Ints, most: int, rng: Rng) -> Ints:
    """(q,) after how many trees each outcome is predicted best for patients of folds that they have not seen."""
    fold = (rng.permutation(patients.max() + 1) % FOLDS)[patients]
    parts = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(FOLDS)]
    growing = [_grown(design[seen], outcomes[seen], weights[seen], rng) for seen, _ in parts]
    held = [design[rest] for _, rest in parts]
    left = [outcomes[rest].copy() for _, rest in parts]

    def loss() -> Floats:
        total: Floats = np.sum([weights[rest] @ own**2 for own, (_, rest) in zip(left, parts, strict=True)], axis=0)
        return total

    best, useful = loss(), np.zeros(outcomes.shape[1], dtype=np.int64)
    for count in range(1, most + 1):
        for own, rows, one in zip(left, held, growing, strict=True):
            tree, added = next(one)
            own -= added[tree.apply(rows)]
        now = loss()
        useful[now < best] = count
        best = np.minimum(now, best)
        if count - useful.max() >= PATIENCE:
            break
    return useful
