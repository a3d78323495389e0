"""Conditioned normal draws against the conditional normal in closed form, and against rejection."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from fewfold.methods.generators.conditioning import conditioned

COVARIANCE = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]])
N = 40_000


def draws(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).multivariate_normal(np.zeros(3), COVARIANCE, N)


def moved(known: dict, rest: float = 0.0) -> np.ndarray:
    factors = np.linalg.cholesky(COVARIANCE - rest**2 * np.eye(3))
    return conditioned(draws(), factors, np.full(3, rest), known, np.random.default_rng(1))


@pytest.mark.parametrize("rest", [0.0, 0.5])
def test_given_one_column_the_others_are_the_conditional_normal(rest: float) -> None:
    at = np.full(N, 1.2)
    made = moved({1: (at, at)}, rest)
    np.testing.assert_allclose(made[:, 1], 1.2)
    others = [0, 2]
    mean = COVARIANCE[others, 1] * 1.2
    covariance = COVARIANCE[np.ix_(others, others)] - np.outer(COVARIANCE[others, 1], COVARIANCE[others, 1])
    np.testing.assert_allclose(made[:, others].mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(made[:, others].T), covariance, atol=0.02)


def test_a_column_between_bounds_after_one_that_is_known_is_as_by_rejection() -> None:
    at, low, high = np.full(N, -0.5), np.full(N, 0.4), np.full(N, np.inf)
    made = moved({0: (at, at), 2: (low, high)})
    free = draws(3)
    residual = free - np.outer(free[:, 0] + 0.5, COVARIANCE[0])  # by regression, exact for a normal
    kept = residual[residual[:, 2] > 0.4]
    assert (made[:, 2] >= 0.4).all()
    for j in (1, 2):
        assert ks_2samp(made[:, j], kept[:, j]).pvalue > 0.001


def test_bounds_that_a_normal_never_reaches_give_finite_numbers() -> None:
    low, high = np.full(N, 9.0), np.full(N, np.inf)
    made = moved({0: (low, high)})
    assert np.isfinite(made).all()
    assert (made[:, 0] >= 9).all()


def test_without_bounds_nothing_changes_in_distribution() -> None:
    free = np.full(N, -np.inf), np.full(N, np.inf)
    np.testing.assert_allclose(np.cov(moved({1: free}).T), COVARIANCE, atol=0.03)
