"""The metric is the mean difference of the associations."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import real_thirds
from fewfold.metrics.associations import associations
from fewfold.metrics.base import metric


def test_the_metric_is_the_mean_difference_and_includes_the_target() -> None:
    comparison = real_thirds(60)
    a, b = associations(comparison.holdout), associations(comparison.synthetic)
    assert a.shape == (7, 7)  # six features and the target
    upper = np.triu_indices(7, 1)
    assert metric("association").value(comparison, rng=0) == pytest.approx(np.abs(a - b)[upper].mean())


def test_a_variable_that_became_constant_counts_as_not_associated() -> None:
    comparison = real_thirds(60)
    flat = comparison.synthetic.with_column("bilirubin", np.full(60, 1.0))
    a, b = associations(comparison.holdout), associations(flat)
    expected = np.abs(a - np.nan_to_num(b))[np.triu_indices(7, 1)].mean()
    found = metric("association").value(type(comparison)(comparison.train, comparison.holdout, flat), rng=0)
    assert found == pytest.approx(expected)
