"""Wasserstein distance against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from comparisons import numbers
from fewfold.metrics.base import metric


def test_is_scipys_distance_in_training_sds() -> None:
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(0, 3, size=(33, 3)), rng.normal(size=(41, 3)), rng.normal(0.3, 2, size=(33, 3))
    real[:, 1], made[:, 1] = np.round(real[:, 1]), np.round(made[:, 1])
    real[::3, 2], made[::4, 2], train[::5, 2] = np.nan, np.nan, np.nan
    known = [[x[~np.isnan(x[:, j]), j] for x in (train, real, made)] for j in range(3)]
    expected = np.mean([wasserstein_distance(b, c) / np.std(a) for a, b, c in known])
    assert metric("wasserstein").value(numbers(train, real, made), rng=0) == pytest.approx(expected)


def test_does_not_depend_on_the_unit() -> None:
    x = np.random.default_rng(1).normal(size=(90, 1))
    one = metric("wasserstein").value(numbers(x[:30], x[30:60], x[60:]), rng=0)
    assert metric("wasserstein").value(numbers(*(1000 * x[k : k + 30] + 5 for k in (0, 30, 60))), rng=0) == (
        pytest.approx(one)
    )


def test_a_variable_that_is_constant_in_training_is_left_out() -> None:
    x = np.random.default_rng(0).normal(size=(20, 2))
    flat = x.copy()
    flat[:, 1] = 7.0
    moved = x + np.array([1.0, 50.0])
    assert metric("wasserstein").value(numbers(flat, x, moved), rng=0) == pytest.approx(1 / x[:, 0].std())
