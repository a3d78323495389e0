"""Noise jitter: copies of training rows, a little moved."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import ALL_TARGETS, MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.methods.base import Drawn
from fewfold.methods.rowwise import RowMethod, as_recorded, continuous


class NoiseJitter(RowMethod):
    """A training row drawn again, with normal noise of ``fraction`` of the column's SD on each number and date.

    The noise is reflected at declared limits and rounded to the decimals of the column. Levels, missing values and the
    target stay as they are.
    """

    card = MethodCard(
        name="noise_jitter",
        title="Noise jitter",
        family="control",
        summary="Copies of training rows with a little normal noise on numbers and dates.",
        targets=ALL_TARGETS,
        may_destroy=("independence of rows", "point masses", "identities between columns"),
        cost="none",
        references=("10.1162/neco.1995.7.1.108",),
    )

    def __init__(self, *, fraction: float = 0.1) -> None:
        self.fraction = fraction

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        rows, features = self._draw_rows(labels, n, rng), self.schema.features
        moved, values = continuous(features), self.values[rows]
        noise = rng.standard_normal((n, len(moved)))
        values[:, moved] += self.fraction * _spread(self.values[:, moved]) * noise
        values[:, : len(features)] = as_recorded(values[:, : len(features)], self.values, features)
        return Drawn(values, rows[:, None], follow_up=self._followed(rows))


def _spread(columns: Floats) -> Floats:
    """SD of the known values of each column; 0 where there is none."""
    masked = np.ma.masked_invalid(columns)
    return np.ma.filled(masked.std(axis=0), 0.0)
