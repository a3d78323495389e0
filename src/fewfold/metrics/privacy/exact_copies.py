"""Synthetic rows that are a training patient's row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.metrics.base import Comparison, Interval, Metric, Parts, Rows, share_interval
from fewfold.metrics.ordered import Ordered


class ExactCopies(Metric):
    """Share of synthetic rows that equal a training row in every feature (the target may differ; missing equals
    missing), after rounding each number to the smallest step seen in training: noise below the precision of the data
    hides nothing. The null is the share of fresh real patients who equal a training patient, which is not 0
    where a table has few levels. Interval: Clopper-Pearson over rows.
    """

    card = MetricCard(
        name="exact_copies",
        title="Exact copies of training rows",
        family="privacy",
        question="How many synthetic rows are a training patient's row?",
        better="lower",
        bounds=(0.0, 1.0),
        finding="FF301",
        stand_in="holdout",
        equal_size=False,
        most_rows=20_000,
        most_train_rows=100_000,
        references=("10.1093/biomet/26.4.404",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return float(_copies(comparison).mean())

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        hits = _copies(comparison)
        return share_interval(int(hits.sum()), len(hits))

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        train, _, synthetic = (c.matrix for c in parts)
        ordered = Ordered.of([train])

        def share(rows: Rows) -> float:
            there = ordered.counts(0, rows[0]) > 0
            ends = zip(ordered.starts, ordered.missing + 1, strict=True)
            grid = _grid([ordered.at[i:j][there[i:j]] for i, j in ends])
            return float(_among(_rounded(synthetic[rows[2]], *grid), _rounded(train[rows[0]], *grid)).mean())

        return share


def _copies(comparison: Comparison) -> Bools:
    """(n,) whether each synthetic row equals a training row."""
    train, synthetic = comparison.train.matrix, comparison.synthetic.matrix
    grid = _grid([np.unique(column) for column in train.T])
    return _among(_rounded(synthetic, *grid), _rounded(train, *grid))


def _grid(columns: list[Floats]) -> tuple[Floats, Floats]:
    """The smallest of the different training values of each column, which ascend, and the smallest difference between
    two, float noise aside."""
    starts, steps = np.zeros(len(columns)), np.ones(len(columns))
    for j, values in enumerate(columns):
        known = values[~np.isnan(values)]
        if len(known):
            noise = 1e-9 * float(max(abs(known[0]), abs(known[-1])))
            gaps = np.diff(known)
            gaps = gaps[gaps > noise]
            starts[j], steps[j] = known[0], gaps.min() if len(gaps) else noise or 1.0
    return starts, steps


def _rounded(values: Floats, starts: Floats, steps: Floats) -> Floats:
    whole: Floats = np.rint((values - starts) / steps) + 0.0  # no negative zeros: bytes are compared
    return np.where(np.isnan(whole), np.inf, whole)


def _among(rows: Floats, others: Floats) -> Bools:
    """(n,) whether each row stands among the others; those whose keys do are compared byte by byte."""
    keys, seen = _keys(rows), _keys(others)
    found = np.isin(keys, seen)
    if found.any():
        alike = {row.tobytes() for row in others[np.isin(seen, keys[found])]}
        found[found] = [row.tobytes() in alike for row in rows[found]]
    return found


def _keys(rows: Floats) -> npt.NDArray[np.uint64]:
    """(n,) a whole number for each row, the same for equal rows and seldom for others: a sum of products, mod 2^64."""
    bits = np.ascontiguousarray(rows).view(np.uint64)
    factors = np.random.default_rng(0).integers(2**63, size=rows.shape[1], dtype=np.uint64) * 2 + 1
    keys: npt.NDArray[np.uint64] = ((bits ^ (bits >> 32)) * factors).sum(axis=1)
    return keys
