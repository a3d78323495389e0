"""What part of the space each leaf of a forest covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewfold.core.types import Bools, Floats
from fewfold.methods.generators.trees import Forest


@dataclass(frozen=True)
class Regions:
    """For each node and column of the design: values above ``low`` and up to ``high``, and ``missing`` ones."""

    low: Floats
    high: Floats
    missing: Bools


def regions(forest: Forest, columns: int) -> Regions:
    """The regions of the nodes of a forest; those of nodes that no root leads to mean nothing."""
    shape = len(forest.left), columns
    low, high, missing = np.full(shape, -np.inf), np.full(shape, np.inf), np.ones(shape, dtype=bool)
    node = forest.roots[forest.left[forest.roots] >= 0]
    while len(node):
        left, right, split = forest.left[node], forest.right[node], forest.feature[node]
        for each in (low, high, missing):
            each[left] = each[right] = each[node]
        high[left, split] = np.minimum(high[left, split], forest.threshold[node])
        low[right, split] = np.maximum(low[right, split], forest.threshold[node])
        missing[left, split] &= forest.nan_left[node]
        missing[right, split] &= ~forest.nan_left[node]
        children = np.concatenate([left, right])
        node = children[forest.left[children] >= 0]
    return Regions(low, high, missing)
