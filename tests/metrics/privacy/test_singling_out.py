"""Conditions that hold for one patient: closed forms, controls of another size, planted copies."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from comparisons import numbers
from fewfold.metrics.base import metric
from fewfold.metrics.privacy.singling_out import one_of


def test_the_share_of_a_smaller_sample_is_exact() -> None:
    for met in range(8):
        expected = met * comb(7 - met, 3 - 1) / comb(7, 3) if met else 0.0  # one of those that meet it, two that do not
        assert one_of(7, 3)[met] == pytest.approx(expected)
    np.testing.assert_allclose(one_of(5, 5), [0, 1, 0, 0, 0, 0], atol=1e-12)


def test_one_column_by_hand() -> None:
    """Each synthetic value is a condition of its own (no other lies within 0.2 SD), and the two ends two more."""
    train, other = np.arange(20.0)[:, None], np.arange(20.0)[:, None] + 100
    made = np.array([3.0, 40, 80, 200, 300, 400, 500, 600, 700, 800])[:, None]
    window = 0.2 * made.std()
    ends = [(train <= 3).sum() == 1, (train >= 800).sum() == 1]
    rows = [(np.abs(train - v) <= window).sum() == 1 for v in made[:, 0]]
    control = [(other <= 3).sum() == 1, (other >= 800).sum() == 1]
    control += [(np.abs(other - v) <= window).sum() == 1 for v in made[:, 0]]
    expected = np.mean(ends + rows) - np.mean(control)
    assert metric("singling_out").value(numbers(train, other, made), rng=0) == pytest.approx(expected)


@pytest.mark.parametrize("holdout", [30, 90])
def test_a_control_of_another_size_is_no_leak(holdout: int) -> None:
    values = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        values.append(
            metric("singling_out").value(numbers(*(rng.normal(size=(n, 4)) for n in (60, holdout, 60))), rng=0)
        )
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(30) + 0.01


def test_copies_are_singled_out_and_the_interval_says_so() -> None:
    caught, clear = 0, 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        train, other, made = rng.normal(size=(3, 60, 6))
        made[:12] = train[:12] + 0.01 * rng.normal(size=(12, 6))
        found = metric("singling_out").measure(numbers(train, other, made), rng=0)
        assert found.null is not None
        caught += found.value > found.null.high
        clear += found.low > 0
    assert caught >= 8
    assert clear >= 6
