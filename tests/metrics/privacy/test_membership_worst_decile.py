"""The most exposed tenth is found where an average sees nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from comparisons import numbers
from fewfold.metrics.base import metric


def test_is_the_definition() -> None:
    rng = np.random.default_rng(0)
    train, other, made = rng.normal(size=(3, 40, 3))
    scale = made.std(axis=0)
    real = np.vstack([train, other]) / scale
    people = (cdist(real, real) + np.diag(np.full(80, np.inf))).min(axis=1)
    floor = 0.001 * np.sqrt(3)
    exposed = np.log((people + floor) / (cdist(real, made / scale).min(axis=1) + floor))
    expected = np.sort(exposed[:40])[-4:].mean() - np.sort(exposed[40:])[-4:].mean()
    found = metric("membership_worst_decile").measure(numbers(train, other, made), rng=0)
    assert found.value == pytest.approx(expected)
    assert found.details["true_positive_rate"] == np.mean(exposed[:40] > np.quantile(exposed[40:], 0.95))


def test_three_patients_of_thirty_are_found_and_the_average_attack_does_not_see_them() -> None:
    caught, average = 0, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        train, other, made = rng.normal(size=(3, 30, 10))
        made[:3] = train[:3] + 0.01 * rng.normal(size=(3, 10))
        comparison = numbers(train, other, made)
        for name in ("membership_worst_decile", "membership"):
            found = metric(name).measure(comparison, rng=seed)
            assert found.null is not None
            if name == "membership":
                average += found.value > found.null.high
            else:
                caught += found.value > found.null.high
    assert caught == 20
    assert average < 12


def test_fresh_patients_raise_few_alarms_and_the_interval_holds_zero() -> None:
    alarms, covered = 0, 0
    for seed in range(25):
        found = metric("membership_worst_decile").measure(
            numbers(*np.random.default_rng(seed).normal(size=(3, 30, 5))), rng=seed
        )
        assert found.null is not None
        alarms += found.value > found.null.high
        covered += found.low <= 0 <= found.high
    assert alarms <= 4  # 2.5 to 4 % expected; more with probability 0.003
    assert covered >= 19
