"""Borderline-SMOTE: SMOTE from those rows of a class that lie at its border."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.methods.oversamplers.neighbours import (
    Interpolation,
    Neighbours,
    Pairs,
    draw_pairs,
    neighbours_within,
)
from fewfold.methods.oversamplers.smote import smote


class BorderlineSmote(Interpolation):
    """Borderline-SMOTE 1: of the ``m_neighbors`` rows nearest to a base at least half, not all, are of another class.

    A class without such a row is drawn as by SMOTE. Otherwise as ``smote``.
    """

    card = MethodCard(
        name="borderline_smote",
        title="Borderline-SMOTE",
        family="oversampler",
        summary="SMOTE from the rows of a class that have about as many neighbours of other classes.",
        targets=CLASSES,
        min_subjects=4,
        min_per_class=2,
        may_destroy=("rows far from the border", "variance within the class", "calibration"),
        cost="milliseconds",
        references=("10.1007/11538059_91",),
    )

    def __init__(self, *, k_neighbors: int = 5, m_neighbors: int = 10) -> None:
        super().__init__(k_neighbors=k_neighbors)
        self.m_neighbors = m_neighbors

    def _sampler(self, nearest: Neighbours, **options: Any) -> Any:
        from imblearn.over_sampling import BorderlineSMOTE

        around = neighbours_within(nearest.points, self.subjects, np.ones(len(self.values), bool), self.m_neighbors)
        return BorderlineSMOTE(k_neighbors=nearest, m_neighbors=around, **options)

    def _pairs(self, points: Floats, inside: Bools, n: int, rng: Rng) -> Pairs:
        pairs = super()._pairs(points, inside, n, rng)
        return pairs if len(pairs) else draw_pairs(smote, points, self.subjects, inside, n, self.k_neighbors, rng)
