"""Noise jitter."""

from __future__ import annotations

import numpy as np
from scipy.stats import kstest

from cohorts import make_cohort
from fewfold.methods.base import method


def test_jitter_is_normal_with_the_stated_share_of_the_sd() -> None:
    cohort = make_cohort(200)
    made = method("noise_jitter", fraction=0.05).fit(cohort, rng=0).sample(4000, rng=1)
    source = cohort.modelled[made.provenance.sources[:, 0]]
    column, known = 1, ~np.isnan(source[:, 1])
    away = (made.modelled - source)[known, column]
    high = source[known, column] > 1.0  # far from the limit at 0
    sd = 0.05 * np.nanstd(cohort.modelled[:, column])
    assert kstest(away[high] / sd, "norm").pvalue > 0.01
    assert kstest(away[high] / sd / 1.15, "norm").pvalue < 0.01


def test_jitter_leaves_levels_missing_values_and_the_target() -> None:
    for task in ("binary", "continuous"):
        cohort = make_cohort(task=task)
        made = method("noise_jitter", fraction=2.0).fit(cohort, rng=0).sample(500, rng=1)
        source = cohort.modelled[made.provenance.sources[:, 0]]
        kept = [2, 3, 4, 6]  # stage, sex, origin and the target
        np.testing.assert_array_equal(made.modelled[:, kept], source[:, kept])
        np.testing.assert_array_equal(np.isnan(made.modelled), np.isnan(source))
        moved = (made.modelled != source)[:, [0, 1, 5]] & ~np.isnan(source[:, [0, 1, 5]])
        assert (moved.mean(axis=0) > 0.8).all()


def test_jitter_is_reflected_not_heaped_at_limits() -> None:
    cohort = make_cohort()
    made = method("noise_jitter", fraction=1.0).fit(cohort, rng=0).sample(2000, rng=1)
    bilirubin = made.table["bilirubin"].dropna()
    assert (bilirubin > 0).all()
    assert bilirubin.is_unique
    age = made.table["age"]
    assert (age == age.round()).all()


def test_no_noise_is_duplication() -> None:
    cohort = make_cohort()
    made = method("noise_jitter", fraction=0.0).fit(cohort, rng=0).sample(50, rng=1)
    np.testing.assert_array_equal(made.modelled, cohort.modelled[made.provenance.sources[:, 0]])
