"""The minimum detectable effect, against published numbers and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cohorts import make_cohort
from fewfold.study.power import CORRELATION, hanley_mcneil, minimum_detectable_effect, plan_power
from fewfold.study.settings import Settings


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
    effect = minimum_detectable_effect("brier", n, 20, alpha=0.05, comparisons=1)
    spread = 0.2 * np.sqrt(2 * (1 - CORRELATION))
    found = [
        abs(rng.normal(effect, spread, n).mean()) / (spread / np.sqrt(n)) > stats.norm.ppf(0.975) for _ in range(4000)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.02)


def test_more_patients_see_more_and_more_comparisons_see_less():
    small, large = (minimum_detectable_effect("auroc", n, n // 4, alpha=0.05, comparisons=1) for n in (60, 240))
    assert small > 1.8 * large
    assert minimum_detectable_effect("auroc", 60, 15, alpha=0.05, comparisons=6) > small


def test_it_is_known_before_any_fit_and_says_what_it_means():
    settings = Settings().for_task("binary")
    power = plan_power(make_cohort(60), settings, estimable=True)
    assert power.minimum_detectable_effect > settings.smallest_effect
    assert "not be shown" in power.statement
    assert "6 comparisons" in power.statement  # 2 methods at 3 ratios
    assert "ruled out is told with each verdict" in power.statement
    assert plan_power(make_cohort(60), settings, estimable=False).minimum_detectable_effect is None
