"""The minimum detectable effect, against published numbers and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cohorts import make_cohort
from fewfold.metrics.utility.scores import recalibrated_slope
from fewfold.study.intervals import Sampled, infer
from fewfold.study.power import (
    CORRELATION,
    LEVEL,
    Scheme,
    detectable_slope,
    hanley_mcneil,
    linear_slope_error,
    minimum_detectable_effect,
    plan_power,
    slope_error,
)
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.splits import plan


def test_hanley_and_mcneil_is_exact_under_its_own_model():
    """Their Q1 and Q2 are those of negative exponential scores: the spread of simulated AUROCs must be the same."""
    rng, area, positive, negative = np.random.default_rng(0), 0.8, 30, 60
    high = rng.exponential(area / (1 - area), (20_000, positive))
    low = np.sort(rng.exponential(1.0, (20_000, negative)), axis=1)
    areas = [np.searchsorted(b, a).mean() / negative for a, b in zip(high, low, strict=True)]
    assert np.mean(areas) == pytest.approx(area, abs=0.002)
    assert np.std(areas) == pytest.approx(hanley_mcneil(area, positive, negative), rel=0.02)


def test_an_effect_of_that_size_is_found_in_four_of_five_tests():
    n, rng = 80, np.random.default_rng(0)
    effect = minimum_detectable_effect("brier", n, 20, alpha=0.05, comparisons=1, scheme=Scheme())
    spread = 0.2 * np.sqrt(2 * (1 - CORRELATION))
    found = [
        abs(rng.normal(effect, spread, n).mean()) / (spread / np.sqrt(n)) > stats.norm.ppf(0.975) for _ in range(4000)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.02)


def test_more_patients_see_more_and_more_comparisons_see_less():
    small, large = (
        minimum_detectable_effect("auroc", n, n // 4, alpha=0.05, comparisons=1, scheme=Scheme()) for n in (60, 240)
    )
    assert small > 1.8 * large
    assert minimum_detectable_effect("auroc", 60, 15, alpha=0.05, comparisons=6, scheme=Scheme()) > small


def test_it_is_known_before_any_fit_and_says_what_it_means():
    settings = Settings().for_task("binary")
    cohort = make_cohort(60)
    power = plan_power(cohort, settings, plan(cohort, settings), estimable=True)
    assert power.minimum_detectable_effect > settings.smallest_effect
    assert "not be shown" in power.statement
    assert "6 comparisons" in power.statement  # 2 methods at 3 ratios
    assert "ruled out is told with each verdict" in power.statement
    assert "no difference in AUROC can be expected to be seen" in power.statement
    assert "can be expected to be seen" in _of(400).statement
    assert "no difference" not in _of(400).statement
    assert f"moves by about {power.detectable_calibration_slope:.2f} or more" in power.statement
    assert plan_power(cohort, settings, None, estimable=False).minimum_detectable_effect is None


def _of(n: int):
    cohort, settings = make_cohort(n), Settings().for_task("binary")
    return plan_power(cohort, settings, plan(cohort, settings), estimable=True)


@pytest.mark.parametrize(("controls", "repeats"), [(1, 10), (2, 2), (4, 10)])
def test_it_is_the_effect_that_the_test_of_a_study_finds(controls: int, repeats: int) -> None:
    """Folds as Nadeau and Bengio assume them, correlated by the share that is tested, and arms that are all correlated
    alike: every control is beaten, by the p-value of a study, in four of five."""
    folds, comparisons, n, rng = 5, 6, 100, np.random.default_rng(0)
    scheme = Scheme(controls, folds, repeats)
    effect = minimum_detectable_effect("brier", n, 20, alpha=0.05, comparisons=comparisons, scheme=scheme)
    spread = 0.2 * np.sqrt(folds / n / (1 - 1 / folds))  # of the loss of one arm in one fold
    common = np.sqrt(np.array([CORRELATION, 1 - CORRELATION])) * spread
    alike, apart = np.sqrt([1 / folds, 1 - 1 / folds])
    found = []
    for _ in range(1000):
        arms = common[1] * (
            alike * rng.normal(size=(controls + 1, 1)) + apart * rng.normal(size=(controls + 1, folds * repeats))
        )
        gains = arms[1:] - arms[0] + effect
        p = [infer(Sampled(g.mean(), g, np.empty(0)), 1 / (folds - 1)).p if g.mean() > 0 else 1 for g in gains]
        found.append(max(p) < 0.05 / comparisons)
    assert np.mean(found) == pytest.approx(0.8, abs=0.04)


def test_more_controls_are_harder_to_beat_and_sites_leave_less_freedom() -> None:
    rng = np.random.default_rng(0)
    for controls in (1, 2, 4):
        arms = rng.normal(size=(200_000, controls + 1)) / np.sqrt(2)
        beaten = (arms[:, 1:] - arms[:, :1] + Scheme(controls).detectable(2.0) > 2).all(axis=1)
        assert beaten.mean() == pytest.approx(0.8, abs=0.004)
    assert Scheme(4, 5, 10).freedom == 49
    assert Scheme(4, 5, 10, sites=6).freedom == 5
    assert Scheme().freedom == np.inf
    corrected = 50 * (1 / 50 + 0.25) * 5 / 50  # over the variance of the mean of all patients
    assert Scheme(4, 5, 10).inflation == pytest.approx(corrected)


def test_the_protocol_says_what_is_to_be_beaten() -> None:
    settings = Settings(methods=("smote",), ratios=(1.0,), repeats=3).for_task("binary")
    cohort = make_cohort(120)
    splits = plan(cohort, settings)
    power = plan_power(cohort, settings, splits, estimable=True)
    assert power.assumptions["controls_to_beat"] == 4
    assert (power.assumptions["folds"], power.assumptions["repeats"]) == (5, 3)
    fewer = settings.model_copy(update={"controls": (ArmSpec(method="none"),)})
    assert plan_power(cohort, fewer, splits, estimable=True).minimum_detectable_effect < power.minimum_detectable_effect


def test_the_error_of_a_calibration_slope_is_that_of_simulated_predictions() -> None:
    """Log-odds of two normal classes, perfectly calibrated, at the assumed AUROC; many patients, so that the slope has
    no bias to speak of."""
    rng, positive, negative = np.random.default_rng(0), 300, 500
    apart = np.sqrt(2) * stats.norm.ppf(LEVEL["auroc"])
    y = np.repeat([1.0, 0.0], [positive, negative])
    slopes = []
    for _ in range(400):
        z = apart * (rng.normal(size=len(y)) + apart * (y - 0.5)) + np.log(positive / negative)
        slopes.append(recalibrated_slope(y, 1 / (1 + np.exp(-z)))[0])
    assert np.mean(slopes) == pytest.approx(1, abs=0.02)
    assert np.std(slopes) == pytest.approx(slope_error(positive, negative), rel=0.08)


def test_the_error_of_a_linear_slope_is_that_of_simulated_predictions() -> None:
    rng, n = np.random.default_rng(0), 100
    p = rng.normal(size=(4000, n)) * np.sqrt(LEVEL["r2"])
    y = p + rng.normal(size=p.shape) * np.sqrt(1 - LEVEL["r2"])
    slopes = [np.polyfit(a, b, 1)[0] for a, b in zip(p, y, strict=True)]
    assert np.std(slopes) == pytest.approx(linear_slope_error(n), rel=0.05)


def test_a_guard_sees_more_with_more_patients() -> None:
    assert detectable_slope("binary", 60, 20, 0.05) > 1.9 * detectable_slope("binary", 240, 80, 0.05)
    assert detectable_slope("continuous", 60, 60, 0.05) > 1.9 * detectable_slope("continuous", 240, 240, 0.05)
