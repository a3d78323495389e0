"""Metrics judged together: fresh data seldom alarm, planted faults do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import gamma, norm

from fewfold.metrics.base import METRICS, NULL_SPLITS
from fewfold.study.readings import _normal, _Scale, beyond

NAMES = ("ks", "tvd", "wasserstein", "association", "c2st", "mmd", "coverage", "missingness", "exact_copies")


def null_of(rng: np.random.Generator, draws: int = NULL_SPLITS) -> dict[str, np.ndarray]:
    """Correlated metrics, as re-splits of the same patients give."""
    common = rng.normal(size=draws)
    return {name: 0.2 + 0.02 * (0.6 * common + 0.8 * rng.normal(size=draws)) for name in NAMES}


def test_fresh_values_alarm_in_at_most_one_study_of_twenty():
    rng, alarms, alone = np.random.default_rng(0), 0, 0
    for _ in range(400):
        null = null_of(rng, NULL_SPLITS + 1)
        values = {name: float(draws[0]) for name, draws in null.items()}
        rest = {name: draws[1:] for name, draws in null.items()}
        alarms += any(beyond(values, rest).values())
        alone += any(
            values[name] > np.quantile(d, 0.975) if name != "coverage" else values[name] < np.quantile(d, 0.025)
            for name, d in rest.items()
        )
    assert 0.01 <= alarms / 400 <= 0.06, alarms
    assert alone / 400 > 0.12  # what a limit for each metric alone would have done


@pytest.mark.parametrize(("name", "value"), [("ks", 0.35), ("coverage", 0.05), ("exact_copies", 0.4)])
def test_a_fault_on_the_bad_side_is_seen_and_on_the_good_side_not(name, value):
    null = null_of(np.random.default_rng(1))
    values = dict.fromkeys(NAMES, 0.2)
    assert [k for k, far in beyond({**values, name: value}, null).items() if far] == [name]
    assert not any(beyond({**values, name: 0.4 - value}, null).values())


def test_a_null_with_a_long_tail_does_not_hide_what_others_see():
    """Exponential nulls beside one normal metric, of which a value 4.5 standard deviations off is a fault."""
    rng, alarms, seen = np.random.default_rng(5), 0, 0
    for _ in range(200):
        tails = 0.2 + 0.02 * rng.exponential(size=(len(NAMES) - 1, NULL_SPLITS + 1))
        null = dict(zip(NAMES[1:], tails, strict=True))  # of coverage, where more is better, the tail is the good side
        null["ks"] = rng.normal(0.2, 0.02, NULL_SPLITS + 1)
        values = {name: float(draws[0]) for name, draws in null.items()}
        rest = {name: draws[1:] for name, draws in null.items()}
        alarms += any(beyond(values, rest).values())
        seen += beyond({**values, "ks": 0.2 + 4.5 * 0.02}, rest)["ks"]
    assert alarms <= 0.075 * 200
    assert seen >= 0.95 * 200


@pytest.mark.parametrize("shape", [1.0, 4.0, 30.0])
def test_the_score_of_a_gamma_quantile_is_the_normal_quantile(shape):
    """Wilson and Hilferty's cube root is within a few hundredths of the normal quantile from the middle upwards."""
    for level in (0.3, 0.5, 0.9, 0.99, 0.999):
        standardised = (gamma.ppf(level, shape) - shape) / np.sqrt(shape)
        score = _normal(np.asarray(standardised), 2 / np.sqrt(shape))
        assert float(score) == pytest.approx(norm.ppf(level), abs=0.06)


def test_a_symmetric_null_gives_the_distance_in_standard_deviations():
    assert _normal(np.array([-2.0, 0.5, 3.0]), 0.0) == pytest.approx([-2.0, 0.5, 3.0])
    assert _normal(np.array([-2.0, 0.5, 3.0]), 2e-3) == pytest.approx([-2.0, 0.5, 3.0], abs=0.01)


def test_a_draw_is_read_by_the_others_as_a_value_is_read_by_a_null_without_it():
    null = null_of(np.random.default_rng(3))["ks"]
    null[7] = np.nan
    draws = _Scale("ks", null).draws()
    for i in set(range(NULL_SPLITS)) - {7}:
        assert draws[i] == pytest.approx(_Scale("ks", np.delete(null, i)).value(null[i]), rel=1e-9)
    assert np.isnan(draws[7])


@pytest.mark.parametrize(("value", "far"), [(1.4, True), (0.6, True), (1.02, False)])
def test_where_nearer_is_better_both_sides_are_bad(monkeypatch, value, far):
    card = replace(METRICS.get("ks").card, better="nearer", best=1.0)
    monkeypatch.setattr(METRICS.get("ks"), "card", card)
    assert beyond({"ks": value}, {"ks": np.random.default_rng(3).normal(1, 0.05, 50)})["ks"] is far


def test_two_arms_share_the_level():
    rng, alarms = np.random.default_rng(2), {1: 0, 2: 0}
    for _ in range(400):
        null = null_of(rng, NULL_SPLITS + 2)
        rest = {name: draws[2:] for name, draws in null.items()}
        both = [{name: float(draws[arm]) for name, draws in null.items()} for arm in (0, 1)]
        for arms in alarms:
            alarms[arms] += any(any(beyond(values, rest, arms=arms).values()) for values in both)
    assert alarms[2] < 0.05 * 400 < alarms[1]


def test_a_null_of_one_single_number_lets_a_negligible_share_pass():
    null = {"exact_copies": np.zeros(50), "ks": np.random.default_rng(0).normal(0.2, 0.02, 50)}
    assert not beyond({"exact_copies": 0.005, "ks": 0.2}, null)["exact_copies"]
    assert beyond({"exact_copies": 0.2, "ks": 0.2}, null)["exact_copies"]


def test_what_cannot_be_judged_is_left_out():
    null = {"ks": np.full(50, np.nan), "trtr": np.zeros(50), "tvd": np.r_[np.full(35, np.nan), np.zeros(15)]}
    assert beyond({"ks": 0.3, "trtr": 0.9, "tvd": 0.5, "mmd": float("nan")}, null) == {}


def test_a_missing_re_split_leaves_the_others():
    rng = np.random.default_rng(2)
    null = null_of(rng)
    null["ks"][:10] = np.nan
    assert beyond({name: 0.6 if name == "ks" else 0.2 for name in NAMES}, null)["ks"]
