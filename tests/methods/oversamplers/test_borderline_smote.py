"""Borderline-SMOTE."""

from __future__ import annotations

import numpy as np
from imblearn.over_sampling import BorderlineSMOTE

from fewfold.data.encoding import Encoder
from fewfold.methods.base import method
from methods.oversamplers.tables import two_clouds


def test_bases_are_the_rows_in_danger() -> None:
    cohort = two_clouds(apart=1.0)
    made = method("borderline_smote").fit(cohort, rng=0).sample(rng=0, per_class={1: 200})
    oracle = BorderlineSMOTE(random_state=0)
    points = Encoder.fit(cohort.matrix, cohort.schema.features).transform(cohort.matrix)
    oracle.fit_resample(points, cohort.y.astype(int))
    danger = set(oracle.in_danger_indices[1])
    assert 0 < len(danger) < 25
    assert set(made.provenance.sources[:, 0]) == danger


def test_a_class_without_a_border_is_drawn_as_by_smote() -> None:
    cohort = two_clouds(apart=50.0)
    made = method("borderline_smote").fit(cohort, rng=0).sample(rng=0, per_class={1: 400})
    assert len(np.unique(made.provenance.sources[:, 0])) == 25
