"""KS against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from comparisons import numbers
from fewfold.core.errors import NotApplicable
from fewfold.metrics.base import metric


def test_is_the_mean_of_scipys_statistics_over_known_values() -> None:
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(size=(30, 3)), rng.normal(size=(41, 3)), rng.normal(0.3, 2, size=(30, 3))
    real[:, 1], made[:, 1] = np.round(real[:, 1]), np.round(made[:, 1])  # ties
    real[::3, 2], made[::4, 2] = np.nan, np.nan
    known = [(real[~np.isnan(real[:, j]), j], made[~np.isnan(made[:, j]), j]) for j in range(3)]
    expected = np.mean([ks_2samp(a, b).statistic for a, b in known])
    assert metric("ks").value(numbers(train, real, made), rng=0) == pytest.approx(expected, abs=1e-12)


def test_a_variable_without_known_values_is_left_out() -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    gone = x.copy()
    gone[:, 1] = np.nan
    assert metric("ks").value(numbers(x, x, gone), rng=0) == 0
    with pytest.raises(NotApplicable):
        metric("ks").value(numbers(x[:, 1:], x[:, 1:], gone[:, 1:]), rng=0)
