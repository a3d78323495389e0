"""The account of privacy, against published values, a closed form and the exact analysis of Gaussian noise."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_ndtr, ndtr
from scipy.stats import kstest

from fewfold.core.errors import BadInput
from fewfold.methods.generators.privacy.accountant import (
    Account,
    delta_of,
    epsilon_of,
    gaussian_rho,
    gaussian_sigma,
    rho_of,
)

GRID = [(rho, delta) for rho in (1e-4, 0.01, 0.1, 0.5, 2.0, 10.0) for delta in (1e-10, 1e-6, 1e-5, 1e-3)]


def exact_delta(rho: float, epsilon: float) -> float:
    """Of Gaussian noise alone (Balle and Wang 2018, arXiv 1805.06530, Theorem 8)."""
    shift = sqrt(2 * rho)  # sensitivity over sigma
    return float(ndtr(shift / 2 - epsilon / shift) - exp(epsilon + log_ndtr(-shift / 2 - epsilon / shift)))


def test_published_values() -> None:
    """Those that the tests of OpenDP hold for noise of scale 4 (zCDP_to_approxDP/test.rs)."""
    rho = gaussian_rho(1.0, 4.0)
    assert rho == 1 / 32
    assert epsilon_of(rho, 1e-3) == pytest.approx(0.6880024554878086, rel=1e-12)
    assert delta_of(rho, 0.0) == pytest.approx(0.1508457845622862, rel=1e-12)


@pytest.mark.parametrize(("rho", "delta"), GRID)
def test_between_the_exact_analysis_and_the_closed_form(rho: float, delta: float) -> None:
    found = epsilon_of(rho, delta)
    assert found < rho + 2 * sqrt(rho * log(1 / delta))  # Bun and Steinke 2016, Proposition 1.3
    if exact_delta(rho, 0.0) > delta:
        assert found > brentq(lambda epsilon: exact_delta(rho, epsilon) - delta, 0.0, 1e3)
    assert exact_delta(rho, found) <= delta


@pytest.mark.parametrize(("rho", "epsilon"), [(0.01, 0.5), (0.1, 1.0), (0.5, 5.0), (2.0, 1.0), (20.0, 30.0)])
def test_no_order_gives_less_than_the_minimum(rho: float, epsilon: float) -> None:
    def log_delta(log_excess: float) -> float:
        alpha = 1 + exp(log_excess)
        return (alpha - 1) * (alpha * rho - epsilon) + (alpha - 1) * log(1 - 1 / alpha) - log(alpha)

    best = minimize_scalar(log_delta, bounds=(-20, 10), method="bounded", options={"xatol": 1e-12}).fun
    assert delta_of(rho, epsilon) == pytest.approx(min(1.0, exp(best)), rel=1e-6)


@pytest.mark.parametrize("epsilon", [1e-3, 0.1, 1.0, 3.0, 10.0, 1e3, 1e5])
@pytest.mark.parametrize("delta", [1e-10, 1e-5, 0.1])
def test_there_and_back_on_the_safe_side(epsilon: float, delta: float) -> None:
    rho = rho_of(epsilon, delta)
    assert epsilon_of(rho, delta) == pytest.approx(epsilon, rel=1e-9)
    assert delta_of(rho, epsilon) <= delta
    assert delta_of(rho * (1 + 1e-6), epsilon) > delta


def test_noise_and_its_cost_are_inverses() -> None:
    assert gaussian_rho(3.0, gaussian_sigma(3.0, 0.2)) == pytest.approx(0.2)


def test_nothing_costs_nothing() -> None:
    assert delta_of(0.0, 0.0) == 0.0
    assert epsilon_of(0.0, 1e-5) == 0.0


@pytest.mark.parametrize(("epsilon", "delta"), [(0.0, 1e-5), (-1, 1e-5), (1, 0.0), (1, 1.0), (float("inf"), 1e-5)])
def test_budgets_that_make_no_sense_are_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(BadInput, match="epsilon above 0"):
        rho_of(epsilon, delta)
    with pytest.raises(BadInput):
        rho_of(float("nan"), 1e-5)


class Ones:
    """Noise of exactly one SD."""

    def standard_normal(self, shape: Any) -> Any:
        return np.ones(shape)


def test_noise_is_as_large_as_the_account_says() -> None:
    account = Account(2.0, 1e-6)
    rng: Any = Ones()
    noisy = account.noised("a", np.zeros((2, 3)), 5.0, account.rho / 4, rng)
    assert noisy == pytest.approx(np.full((2, 3), 5.0 / sqrt(account.rho / 2)))
    account.noised("b", np.zeros(1), 1.0, account.rho / 2, rng)
    account.noised("a", np.zeros(1), 1.0, account.rho / 4, rng)
    assert account.parts == pytest.approx({"a": account.rho / 2, "b": account.rho / 2})
    assert account.spent["epsilon"] == pytest.approx(2.0)
    assert account.spent["delta"] == 1e-6
    for too_much in (account.rho / 100, 0.0, -1.0):
        with pytest.raises(RuntimeError, match="c asks"):
            account.noised("c", np.zeros(1), 1.0, too_much, rng)


def test_what_is_released_lies_on_a_grid() -> None:
    account, exact = Account(1.0, 1e-5), np.array([0.1, 7.0, 1234.56789])
    noisy = account.noised("a", exact, 1.0, account.rho, np.random.default_rng(0))
    steps = noisy / gaussian_sigma(1.0, account.rho) * 1024
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)


def test_noise_is_normal() -> None:
    account = Account(1.0, 1e-5)
    sigma = gaussian_sigma(1.0, account.rho)
    noise = account.noised("a", np.zeros(20000), 1.0, account.rho, np.random.default_rng(0)) / sigma
    assert kstest(noise, "norm").pvalue > 0.01
