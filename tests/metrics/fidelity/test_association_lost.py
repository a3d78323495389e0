"""Associations lost: none of the same rows, all of shuffled ones, half of those that are half as strong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from comparisons import as_synthetic, numbers, real_thirds
from fewfold.core.errors import NotApplicable
from fewfold.metrics.associations import associations
from fewfold.metrics.base import metric

LOST = metric("association_lost")


def correlated(n: int, strength: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    cov = np.full((4, 4), strength) + (1 - strength) * np.eye(4)
    return rng.multivariate_normal(np.zeros(4), cov, n)


def spearman(pearson: float) -> float:
    """Of a bivariate normal: 6 / pi arcsin(r / 2) (Pearson 1907)."""
    return 6 / np.pi * np.arcsin(pearson / 2)


@pytest.mark.parametrize(("made", "left"), [(0.6, 1.0), (0.3, spearman(0.3) / spearman(0.6)), (0.0, 0.0)])
def test_what_is_left_is_the_ratio_of_the_strengths(made: float, left: float) -> None:
    comparison = numbers(correlated(6000, 0.6, 0), correlated(6000, 0.6, 1), correlated(6000, made, 2))
    assert LOST.value(comparison, rng=0) == pytest.approx(1 - left, abs=0.03)


def test_the_formula_on_mixed_kinds() -> None:
    comparison = real_thirds(60)
    upper = np.triu_indices(7, 1)
    a, b = (associations(c)[upper] for c in (comparison.holdout, comparison.synthetic))
    assert LOST.value(comparison, rng=0) == pytest.approx(1 - np.sum(a * b) / np.sum(a**2))
    same = replace(comparison, synthetic=as_synthetic(comparison.holdout))
    assert LOST.value(same, rng=0) == pytest.approx(0.0, abs=1e-12)


def test_columns_shuffled_apart_lie_beyond_the_null_and_fresh_rows_do_not() -> None:
    rng = np.random.default_rng(3)
    fresh = correlated(60, 0.5, 4)
    shuffled = rng.permuted(fresh, axis=0)
    parts = correlated(60, 0.5, 5), correlated(60, 0.5, 6)
    for rows, far in ((fresh, False), (shuffled, True)):
        found = LOST.measure(numbers(*parts, rows), rng=0)
        assert found.null is not None
        assert (found.value > found.null.high) is far


def test_without_any_association_there_is_nothing_to_lose() -> None:
    cross = np.array([[1, 0], [-1, 0], [0, 1], [0, -1.0]] * 10)  # correlation 0, exactly
    with pytest.raises(NotApplicable, match="no two variables are associated"):
        LOST.value(numbers(cross, cross.copy(), cross.copy()), rng=0)
