"""Scores of survival agree with lifelines, with a case worked by hand, and with what no censoring would have shown."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import concordance_index

from fewfold.metrics.utility.survival.scores import brier_terms, c_index, evenly, marginal, risk_of


def followed(n: int, seed: int, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signed times, the true risk, and the times that nobody would have been censored before."""
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=n)
    true, end = rng.exponential(np.exp(-risk)), rng.exponential(1.5, n)
    if ties:
        true, end, risk = (np.ceil(4 * x) / 4 for x in (true, end, risk))
    return np.where(true <= end, true, -end), risk, true


@pytest.mark.parametrize("ties", [False, True])
def test_the_c_index_is_that_of_lifelines(ties: bool) -> None:
    for seed in range(5):
        y, risk, _ = followed(80, seed, ties=ties)
        if ties:  # two events at one time: which came first is not known, and lifelines leaves such a pair out as well
            assert len(np.unique(np.abs(y))) < 40
        assert c_index(y, risk) == pytest.approx(concordance_index(np.abs(y), -risk, y > 0), abs=1e-12)


def test_the_c_index_of_nobody_who_can_be_compared_is_unknown() -> None:
    assert np.isnan(c_index(np.array([-1.0, -2.0, -3.0]), np.arange(3.0)))
    assert c_index(np.array([1.0, -2.0]), np.zeros(2)) == 0.5


def test_without_censoring_the_brier_score_is_a_mean_of_squares() -> None:
    rng = np.random.default_rng(0)
    y, times, curves = rng.exponential(size=40), np.array([0.5, 1.0]), rng.random((40, 2))
    expected = (((y[:, None] > times) - curves) ** 2).mean(axis=1)
    assert brier_terms(y, curves, times, y) == pytest.approx(expected)


def test_a_brier_score_by_hand() -> None:
    """Events at 1 and 4, lost at 2 and 3. The chance not to be lost is 1 until 2, then 2/3, then 1/3."""
    y, curves = np.array([1.0, -2.0, -3.0, 4.0]), np.full((4, 1), 0.4)
    at_two_and_a_half = [0.16, 0.0, 0.36 / (2 / 3), 0.36 / (2 / 3)]
    assert brier_terms(y, curves, np.array([2.5]), y) == pytest.approx(at_two_and_a_half)
    at_four = [0.16, 0.0, 0.0, 0.16 / (1 / 3)]
    assert brier_terms(y, curves, np.array([4.0]), y) == pytest.approx(at_four)


def test_who_has_the_event_at_the_time_of_a_loss_was_not_lost() -> None:
    y = np.array([1.0, -1.0, 2.0])
    assert brier_terms(y, np.zeros((3, 1)), np.array([1.5]), y) == pytest.approx([0.0, 0.0, 1 / (1 / 2)])


def test_weights_make_up_for_censoring() -> None:
    y, risk, true = followed(20_000, 1)
    times = np.array([0.3, 0.8])
    curves = np.exp(-np.exp(risk)[:, None] * times)
    seen, whole = (brier_terms(x, curves, times, x).mean() for x in (y, true))
    assert seen == pytest.approx(whole, abs=0.005)


def test_times_end_where_a_tenth_is_left_and_the_marginal_curve_is_kaplan_meier() -> None:
    y, _, _ = followed(200, 2)
    times = np.array(evenly(y))
    assert np.mean(np.abs(y) > times[-1]) == pytest.approx(0.1)
    assert np.diff(times) == pytest.approx(np.full(19, times[0]))
    known = KaplanMeierFitter().fit(np.abs(y), y > 0).survival_function_at_times(times)
    assert marginal(y, times) == pytest.approx(known.to_numpy())


def test_the_risk_grows_as_a_curve_falls() -> None:
    curves = np.array([[0.9, 0.8], [0.9, 0.4], [0.5, 0.1]])
    assert np.argsort(risk_of(curves)).tolist() == [0, 1, 2]
