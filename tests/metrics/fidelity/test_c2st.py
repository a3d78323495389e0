"""The classifier two-sample test: its scale, its guards against copies over folds, and its interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from comparisons import numbers
from fewfold.metrics.base import metric
from fewfold.metrics.fidelity.c2st import auroc_interval


def world(n: int, seed: int, p: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(99).normal(size=(p, 2))
    return rng.normal(size=(n, 2)) @ mix.T + 0.5 * rng.normal(size=(n, p))


def auroc(fault: str, seed: int, n: int = 60) -> float:
    rng = np.random.default_rng(seed + 1000)
    x = world(3 * n, seed)
    made = x[2 * n :].copy()
    if fault == "halved":
        made = made.mean(axis=0) + (made - made.mean(axis=0)) / 2
    if fault == "shuffled":
        made = np.column_stack([rng.permutation(column) for column in made.T])
    if fault == "fingerprint":
        made[:, 0] += 2 * made[:, 0].std()
    if fault == "drawn_again":
        made = made[rng.integers(0, n, n)]
    return metric("c2st").value(numbers(x[:n], x[n : 2 * n], made), rng=seed)


def test_fresh_patients_cannot_be_told_apart() -> None:
    values = [auroc("none", seed) for seed in range(20)]
    assert np.mean(values) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("fault", ["halved", "shuffled", "fingerprint"])
def test_faults_are_seen(fault: str) -> None:
    assert np.mean([auroc(fault, seed) for seed in range(5)]) > 0.7


def test_copies_among_synthetic_rows_do_not_cross_the_folds() -> None:
    """Drawing rows with replacement must not look like a difference just because copies are recognised."""
    values = [auroc("drawn_again", seed) for seed in range(20)]
    assert np.mean(values) < 0.56


def test_a_perfect_giveaway_is_one() -> None:
    x = world(120, 0)
    assert metric("c2st").value(numbers(x[:40], x[40:80], x[80:] + 50), rng=0) == 1


@pytest.mark.parametrize(("value", "m", "n"), [(0.5, 20, 20), (0.8, 30, 60), (0.97, 15, 100)])
def test_interval_solves_the_score_equation(value: float, m: int, n: int) -> None:
    interval = auroc_interval(value, m, n)
    for end in (interval.low, interval.high):
        # Hanley and McNeil's variance at the end itself, with the mean size in both multipliers
        q1, q2, mean = end / (2 - end), 2 * end**2 / (1 + end), (m + n) / 2
        variance = (end * (1 - end) + (mean - 1) * (q1 - end**2 + q2 - end**2)) / (m * n)
        assert abs(value - end) == pytest.approx(norm.ppf(0.975) * np.sqrt(variance), rel=1e-6)


def test_interval_at_the_ends() -> None:
    assert auroc_interval(1.0, 20, 20).high == 1
    assert auroc_interval(1.0, 20, 20).low < 1
    assert auroc_interval(0.0, 20, 20).low == 0
