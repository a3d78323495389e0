"""Recall is the precision of the patients, were they synthetic."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import numbers
from fewfold.metrics.base import metric


def test_sides_change_places() -> None:
    train, real, made = np.random.default_rng(1).normal(size=(3, 40, 3)) * [[[1.0]], [[1.0]], [[1.6]]]
    one, other = numbers(train, real, made), numbers(train, made, real)
    assert metric("recall").value(one, rng=0) == metric("precision").value(other, rng=0)
    assert metric("recall").value(one, rng=0) != metric("precision").value(one, rng=0)


def test_collapse_onto_one_patient_leaves_nobody_within() -> None:
    x = np.random.default_rng(2).normal(size=(2, 50, 3))
    same = np.repeat(x[1][:1], 50, axis=0)
    assert metric("recall").value(numbers(x[0], x[1], same), rng=0) == pytest.approx(1 / 50)  # the patient itself
    assert metric("precision").value(numbers(x[0], x[1], same), rng=0) == 1.0
