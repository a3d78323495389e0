"""The curve and its interval agree with lifelines."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from fewfold.data.kaplan_meier import band, survival


@pytest.mark.parametrize("everybody", [False, True])
def test_the_interval_is_that_of_greenwood_on_the_log_log_scale(everybody: bool) -> None:
    rng = np.random.default_rng(0)
    times, happened = np.ceil(4 * rng.exponential(size=60)) / 4, rng.random(60) < 0.6
    happened |= everybody
    known = KaplanMeierFitter().fit(times, happened)
    expected = known.confidence_interval_.iloc[1:].to_numpy()  # the first is time 0
    curve, (low, high) = survival(times, happened)[1], band(times, happened)
    inside = (curve > 0) & (curve < 1)
    assert low[inside] == pytest.approx(expected[inside, 0]) and high[inside] == pytest.approx(expected[inside, 1])
    assert ((low <= curve).all() and (curve <= high).all()) or everybody
    if everybody:  # at the end nobody is left, and Greenwood's variance is infinite
        assert curve[-1] == 0 and low[-1] == low[-2] and high[-1] == high[-2]


def test_before_any_event_nothing_is_in_doubt() -> None:
    low, high = band(np.array([1.0, 2.0, 3.0]), np.array([False, False, True]))
    assert low[:2].tolist() == high[:2].tolist() == [1.0, 1.0]
