"""Density against its definition in plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import numbers
from fewfold.metrics import distances
from fewfold.metrics.base import metric


def test_is_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(size=(30, 2)), rng.normal(size=(30, 2)), rng.normal(size=(25, 2))
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (real, made)]
    inside = 0
    for i, x in enumerate(z[0]):
        radius = sorted(np.linalg.norm(x - o) for j, o in enumerate(z[0]) if j != i)[2]
        inside += sum(np.linalg.norm(x - s) <= radius for s in z[1])
    comparison = numbers(train, real, made)
    assert metric("density").value(comparison, rng=0) == pytest.approx(inside / (3 * 25))
    monkeypatch.setattr(distances, "BLOCK", 70)  # a few rows at a time
    assert metric("density").value(comparison, rng=0) == pytest.approx(inside / (3 * 25))


def test_is_about_one_for_fresh_patients_and_falls_where_nobody_is() -> None:
    x = np.random.default_rng(0).normal(size=(3, 300, 3))
    assert metric("density").value(numbers(*x), rng=0) == pytest.approx(1, abs=0.15)
    assert metric("density").value(numbers(x[0], x[1], x[2] * 3), rng=0) < 0.3
    assert metric("density").value(numbers(x[0], x[1], x[2] + 10), rng=0) < 0.05
