"""Which values are missing, and which are missing together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.metrics.base import Parts, Rows, RowsMetric


class Missingness(RowsMetric):
    """The mean absolute difference between the missing rates of holdout and synthetic rows; where two or more variables
    have gaps, averaged with the same of the rates at which each pair is missing together.

    Variables that are never missing are left out; where none is ever missing the two sides agree, and the value is 0.
    """

    card = MetricCard(
        name="missingness",
        title="Missingness difference",
        family="fidelity",
        question="Are the same values missing, as often and together?",
        better="lower",
        bounds=(0.0, 1.0),
        most_rows=50_000,
        finding="FF505",
    )

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        missing = [np.isnan(c.matrix) for c in parts]
        columns = np.flatnonzero(np.logical_or.reduce([gaps.any(axis=0) for gaps in missing]))
        holes = [gaps[:, columns].astype(np.float64) for gaps in missing]

        def difference(rows: Rows) -> float:
            train, real, made = (gaps[some] for gaps, some in zip(holes, rows, strict=True))
            ever = np.logical_or.reduce([gaps.any(axis=0) for gaps in (train, real, made)])
            if not ever.any():
                return 0.0
            gap = np.abs(_together(real) - _together(made))[np.ix_(ever, ever)]
            alone, pairs = float(np.diag(gap).mean()), gap[np.triu_indices(len(gap), 1)]
            return (alone + float(pairs.mean())) / 2 if len(pairs) else alone

        return difference


def _together(gaps: Floats) -> Floats:
    """(k, k) share of the rows in which both of two variables are missing; on the diagonal, the rate of each."""
    shares: Floats = gaps.T @ gaps / len(gaps)
    return shares
