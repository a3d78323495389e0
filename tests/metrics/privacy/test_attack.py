"""Intervals and nulls of an AUROC of attack."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import numbers
from fewfold.metrics.base import metric
from fewfold.metrics.fidelity.c2st import auroc_interval
from fewfold.metrics.privacy.attack import bounds, delong


@pytest.mark.parametrize("ties", [False, True])
def test_delong_is_the_variance_of_the_placements_counted_pair_by_pair(ties: bool) -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(0.5, 1, 23), rng.normal(0, 1, 31)
    if ties:
        ours, theirs = np.round(ours), np.round(theirs)
    wins = np.array([[1.0 if x > y else 0.5 if x == y else 0.0 for y in theirs] for x in ours])
    expected = wins.mean(axis=1).var(ddof=1) / 23 + wins.mean(axis=0).var(ddof=1) / 31
    assert delong(ours, theirs) == pytest.approx((wins.mean(), expected))


def test_the_interval_covers_the_truth_at_30_patients() -> None:
    """Binormal scores; the truth is Phi(shift / sqrt 2). 300 draws at a true 0.95 give 0.92 or more but once in 200."""
    from scipy.stats import norm

    rng, covered = np.random.default_rng(0), 0
    for _ in range(300):
        found = bounds(rng.normal(1, 1, 30), rng.normal(0, 1, 30))
        covered += found.low <= norm.cdf(1 / np.sqrt(2)) <= found.high
    assert covered / 300 >= 0.92


def test_an_attack_that_is_always_right_has_an_interval() -> None:
    found = bounds(np.arange(30.0, 60), np.arange(30.0))
    assert found == auroc_interval(1.0, 30, 30)
    assert found.low < 0.95


def test_the_null_at_25_against_25_reaches_sixteen_points_to_both_sides() -> None:
    """Mann and Whitney: variance (m + n + 1) / (12 m n)."""
    draws = []
    for seed in range(20):
        x = np.random.default_rng(seed).normal(size=(3, 25, 4))
        null = metric("membership_nearest").measure(numbers(*x), rng=seed).null
        assert null is not None
        draws += null.draws
    assert 1.96 * np.std(draws) == pytest.approx(1.96 * np.sqrt(51 / (12 * 25 * 25)), abs=0.01)
    assert 1.96 * np.std(draws) == pytest.approx(0.16, abs=0.01)


def test_p_is_seldom_small_where_nothing_leaks() -> None:
    ps = []
    for seed in range(60):
        x = np.random.default_rng(seed).normal(size=(3, 30, 4))
        ps.append(metric("membership").measure(numbers(*x), rng=seed).p)
    assert np.mean(np.array(ps) <= 0.05) <= 0.13  # more with probability 0.003
    assert np.mean(np.array(ps) <= 0.5) == pytest.approx(0.5, abs=0.18)
