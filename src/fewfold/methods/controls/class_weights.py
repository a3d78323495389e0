"""Class weights: each class counts alike, without a new row."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.methods.controls.none import NoAugmentation


class ClassWeights(NoAugmentation):
    """Weighs each row by the inverse frequency of its class. Balancing without any row added."""

    card = MethodCard(
        name="class_weights",
        title="Class weights",
        family="control",
        summary="Each row weighs the inverse of its class's frequency; no row is added.",
        targets=CLASSES,
        adds_rows=False,
        may_destroy=("calibration",),
        cost="none",
        references=("10.1093/jamia/ocac093",),
    )

    def row_weights(self, cohort: Cohort) -> Floats:
        """(n,) weights with mean 1: n / (classes x rows of the class), over the classes that ``cohort`` has."""
        _, member, counts = np.unique(cohort.y, return_inverse=True, return_counts=True)
        weights: Floats = len(cohort) / (len(counts) * counts[member])
        return weights
