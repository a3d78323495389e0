"""What each leaf of a forest learns of each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.schema import Variable
from fewfold.methods.generators.designs import Design, width
from fewfold.methods.generators.leaves import Leaves
from fewfold.methods.generators.recorded import Recorded
from fewfold.methods.generators.regions import regions
from fewfold.methods.generators.trees import Forest

SHARE_ROWS = 1.0  # what the prior of a share, that of all rows, counts in rows
MEAN_ROWS = 0.2  # what the prior of a mean, that of the column or the nearest bound, counts in rows
SD_ROWS = 1.0  # what the prior of a variance, that of the column or of even values between bounds, counts in rows
LEAST_SD, LEAST_WIDTH = 1e-3, 1e-9  # of a leaf, in SD of the column


@dataclass(frozen=True)
class _Cells:
    """The part of a leaf that is of one class, for all that hold rows: its node, its class, (cells, n) which rows it
    holds, and which it learns from."""

    node: Ints
    label: Ints
    held: Any
    taught: Any


@dataclass(frozen=True)
class _Inside:
    """What can be in a leaf: atoms (cells, a), numbers (cells, q) between two bounds in standard units, and missing
    values (cells, p)."""

    atoms: Bools
    low: Floats
    high: Floats
    missing: Bools


def learn(
    forest: Forest,
    design: Design,
    values: Floats,
    classes: Ints,
    recorded: Recorded,
    variables: Sequence[Variable],
    *,
    by_class: bool,
) -> Leaves:
    """A component for each leaf and class that share rows.

    ``design``: the rows as the forest sees them, the ``variables`` first. ``values`` (n, p) of the variables and
    ``classes`` (n,) are learned from. Whether a value is missing is learned from the rows of leaf and class, all else
    from the rows of the leaf, or, ``by_class``, of those of its class alone.
    """
    cells = _cells(forest, design, classes, by_class)
    inside = _inside(forest, design.shape[1], cells.node, recorded, variables)
    numbers = recorded.is_number(values)
    states = np.column_stack([values[:, recorded.owner] == recorded.atom, numbers]).astype(np.float64)
    owner = np.concatenate([recorded.owner, recorded.number])
    column = (owner[:, None] == np.arange(values.shape[1])).astype(np.float64)  # (a + q, p) whose state it is
    count = cells.taught @ states
    possible = np.column_stack([inside.atoms, inside.low < inside.high]) | (count > 0)
    share = _over(count + SHARE_ROWS * _over(states.sum(axis=0) * possible, column), column)
    standard = np.where(numbers, recorded.standard(values[:, recorded.number]), 0.0)
    high = np.maximum(inside.high, inside.low + LEAST_WIDTH)
    mean, sd = _normal(cells.taught @ numbers, cells.taught @ standard, cells.taught @ standard**2, inside.low, high)
    size = cells.held.sum(axis=1)
    return Leaves(
        weight=size / size.sum(),
        label=cells.label,
        missing=_missing(cells, np.isnan(values), classes, inside.missing, possible @ column > 0),
        share=share[:, : len(recorded.atom)],
        number=share[:, len(recorded.atom) :],
        mean=mean,
        sd=sd,
        low=inside.low,
        high=high,
        recorded=recorded,
    )


def _cells(forest: Forest, design: Design, classes: Ints, by_class: bool) -> _Cells:
    leaves, several = forest.reached(design), classes.max() + 1
    keys, cell = np.unique(leaves * several + classes, return_inverse=True)
    rows, ones = np.tile(np.arange(len(design)), len(leaves)), np.ones(leaves.size)
    held = csr_array((ones, (cell.ravel(), rows)), shape=(len(keys), len(design)))
    if by_class:
        return _Cells(keys // several, keys % several, held, held)
    nodes, leaf = np.unique(keys // several, return_inverse=True)
    whole = csr_array((ones, (leaf[cell.ravel()], rows)), shape=(len(nodes), len(design)))
    return _Cells(nodes[leaf], keys % several, held, whole[leaf])


def _inside(forest: Forest, columns: int, node: Ints, recorded: Recorded, variables: Sequence[Variable]) -> _Inside:
    region = regions(forest, columns)
    wide = np.array([width(variable) for variable in variables], dtype=np.int64)
    first = np.cumsum(wide) - wide
    low, high, missing = (part[node, : wide.sum()] for part in (region.low, region.high, region.missing))
    levels = wide[recorded.owner] > 1  # an atom that has a column of its own, where it is 1
    at = first[recorded.owner] + np.where(levels, recorded.atom, 0.0).astype(np.int64)
    seen = np.where(levels, 1.0, recorded.atom)
    certain = low >= 0.0  # of a level: the leaf holds no other
    others = np.add.reduceat(certain, first, axis=1, dtype=np.int64)[:, recorded.owner] > certain[:, at]
    atoms = (low[:, at] < seen) & (seen <= high[:, at]) & ~(levels & others)
    least, most = recorded.low - recorded.half, recorded.high + recorded.half
    bottom, top = (recorded.standard(np.clip(edge[:, first[recorded.number]], least, most)) for edge in (low, high))
    return _Inside(atoms, bottom, top, np.logical_and.reduceat(missing, first, axis=1))


def _over(counts: Floats, column: Floats) -> Floats:
    """Each count over that of its column; 0 where there is nothing."""
    total = (counts @ column) @ column.T
    shares: Floats = counts / np.where(total > 0, total, 1.0)
    return shares


def _normal(n: Floats, total: Floats, square: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Mean and SD of numbers, from how many there are, their sum and that of their squares."""
    guess = np.clip(0.0, low, high)
    mean = (total + MEAN_ROWS * guess) / (n + MEAN_ROWS)
    away = square - 2 * mean * total + n * mean**2 + MEAN_ROWS * (guess - mean) ** 2
    wide = np.minimum((high - low) ** 2 / 12, 1.0)
    variance = (np.maximum(away, 0.0) + SD_ROWS * wide) / (np.maximum(n - 1, 0.0) + MEAN_ROWS + SD_ROWS)
    return mean, np.maximum(np.sqrt(variance), LEAST_SD)


def _missing(cells: _Cells, absent: Bools, classes: Ints, may: Bools, may_not: Bools) -> Floats:
    """(cells, p) how likely a value is missing; the prior is the rate of the class."""
    rates = np.zeros((classes.max() + 1, absent.shape[1]))
    for code in np.unique(classes):
        rates[code] = absent[classes == code].mean(axis=0)
    gone = cells.held @ absent.astype(np.float64)
    rate = (gone + SHARE_ROWS * rates[cells.label]) / (cells.held.sum(axis=1) + SHARE_ROWS)[:, None]
    chance: Floats = np.where(may_not, np.where(may | (gone > 0), rate, 0.0), 1.0)
    return chance
