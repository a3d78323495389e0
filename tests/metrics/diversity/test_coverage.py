"""Coverage against its definition in plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import numbers
from fewfold.metrics.base import metric


def test_is_the_definition() -> None:
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(size=(3, 30, 2))
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (real, made)]
    covered = 0
    for i, x in enumerate(z[0]):
        to_others = sorted(np.linalg.norm(x - o) for j, o in enumerate(z[0]) if j != i)
        covered += min(np.linalg.norm(x - s) for s in z[1]) <= to_others[2]
    assert metric("coverage").value(numbers(train, real, made), rng=0) == pytest.approx(covered / 30)


def test_equal_samples_reach_what_theory_says() -> None:
    """10.48550/arXiv.2002.09797: 1 - prod_{i<k} (N - 1 - i) / (2N - 1 - i) at equal sizes."""
    n, k = 200, 3
    expected = 1 - np.prod([(n - 1 - i) / (2 * n - 1 - i) for i in range(k)])
    x = [np.random.default_rng(seed).normal(size=(3, n, 3)) for seed in range(10)]
    assert np.mean([metric("coverage").value(numbers(*one), rng=0) for one in x]) == pytest.approx(expected, abs=0.02)


def test_a_lost_cluster_is_not_covered() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 60, 2)) + 10 * (np.arange(60) % 3)[None, :, None]
    whole, lost = x[2], x[2][np.arange(60) % 3 != 2]
    assert metric("coverage").value(numbers(x[0], x[1], lost), rng=0) <= 2 / 3
    assert metric("coverage").value(numbers(x[0], x[1], whole), rng=0) > 0.75


def test_rows_that_are_as_near_as_the_third_neighbour_count_whatever_the_rounding() -> None:
    """Whole numbers on one scale in both columns, so that the definition can be had without rounding."""
    rng = np.random.default_rng(3)
    x = np.floor(rng.exponential(3, size=(3, 60, 2)))
    x[0, :, 1] = x[0, ::-1, 0]
    _, real, made = x
    apart = ((real[:, None] - real) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    third, nearest = np.sort(apart, axis=1)[:, 2], ((real[:, None] - made) ** 2).sum(axis=2).min(axis=1)
    assert (third == nearest).sum() > 5
    assert metric("coverage").value(numbers(*x), rng=0) == (nearest <= third).mean()
