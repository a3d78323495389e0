"""Class weights against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from cohorts import make_cohort
from fewfold.core.errors import NotApplicable
from fewfold.methods.base import method


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_class_weights_are_the_balanced_ones(task: str) -> None:
    cohort = make_cohort(task=task)
    weights = method("class_weights").fit(cohort, rng=0).row_weights(cohort)
    np.testing.assert_allclose(weights, compute_sample_weight("balanced", cohort.y), rtol=1e-12)
    some = cohort.take(np.flatnonzero(cohort.y == 0))
    assert (method("class_weights").fit(cohort, rng=0).row_weights(some) == 1.0).all()


def test_class_weights_need_classes() -> None:
    with pytest.raises(NotApplicable, match="not continuous"):
        method("class_weights").fit(make_cohort(task="continuous"), rng=0)
