"""Missingness by hand, and its meaning."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import numbers
from fewfold.metrics.base import metric


def test_is_the_mean_of_the_two_parts() -> None:
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(size=(3, 50, 4))
    real[rng.random(50) < 0.4, 0] = np.nan
    real[rng.random((50, 4)) < [0.1, 0.3, 0.2, 0.0]] = np.nan
    made[rng.random((50, 4)) < [0.3, 0.3, 0.5, 0.0]] = np.nan
    a, b = np.isnan(real[:, :3]), np.isnan(made[:, :3])  # the fourth is never missing
    rates = np.abs(a.mean(axis=0) - b.mean(axis=0)).mean()
    pairs = [abs((a[:, i] & a[:, j]).mean() - (b[:, i] & b[:, j]).mean()) for i, j in ((0, 1), (0, 2), (1, 2))]
    found = metric("missingness").value(numbers(train, real, made), rng=0)
    assert found == pytest.approx((rates + np.mean(pairs)) / 2)


def test_gaps_that_no_longer_come_together_are_seen() -> None:
    x = np.random.default_rng(1).normal(size=(60, 2))
    together, apart = x.copy(), x.copy()
    together[:20] = np.nan
    apart[:20, 0], apart[20:40, 1] = np.nan, np.nan
    assert metric("missingness").value(numbers(together, together, together), rng=0) == 0
    assert metric("missingness").value(numbers(together, together, apart), rng=0) == pytest.approx((0 + 1 / 3) / 2)


def test_tables_without_gaps_agree() -> None:
    x = np.random.default_rng(1).normal(size=(60, 2))
    assert metric("missingness").value(numbers(x, x, x), rng=0) == 0
    found = metric("missingness").measure(numbers(x, x, x), rng=0)
    assert (found.low, found.high) == (0, 0)
