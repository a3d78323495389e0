"""Synthetic rows that are a training patient's row."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.metrics.base import Comparison, Interval, Metric, share_interval


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
        return float(copies(comparison).mean())

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        hits = copies(comparison)
        return share_interval(int(hits.sum()), len(hits))


def copies(comparison: Comparison) -> Bools:
    """(n,) whether each synthetic row equals a training row."""
    train, synthetic = comparison.train.matrix, comparison.synthetic.matrix
    grid = [_grid(column) for column in train.T]
    starts, steps = np.array([g[0] for g in grid]), np.array([g[1] for g in grid])
    seen = {row.tobytes() for row in _rounded(train, starts, steps)}
    return np.array([row.tobytes() in seen for row in _rounded(synthetic, starts, steps)], dtype=bool)


def _grid(column: Floats) -> tuple[float, float]:
    """The smallest training value, and the smallest difference between two, float noise aside."""
    known = np.unique(column[~np.isnan(column)])
    if not len(known):
        return 0.0, 1.0
    noise = 1e-9 * float(np.abs(known).max())
    gaps = np.diff(known)
    gaps = gaps[gaps > noise]
    return float(known[0]), float(gaps.min()) if len(gaps) else noise or 1.0


def _rounded(values: Floats, starts: Floats, steps: Floats) -> Floats:
    whole: Floats = np.rint((values - starts) / steps) + 0.0  # no negative zeros: bytes are compared
    return np.where(np.isnan(whole), np.inf, whole)
