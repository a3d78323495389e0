"""Intervals against closed forms, an independent implementation and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from fewfold.study.contrasts import score_all
from fewfold.study.intervals import Sampled, corrected_variance, holm, infer, weighted_pairs, weights
from fewfold.study.outcomes import Predicted

KEY = ("gaussian_copula", 1.0)


def test_corrected_variance_by_hand():
    folds = np.array([0.1, 0.2, 0.3, 0.4])  # s^2 = 1/60
    assert corrected_variance(folds, 0.25) == pytest.approx((1 / 60) * (1 / 4 + 1 / 4))


def test_without_overlap_the_interval_is_student_s():
    folds = np.random.default_rng(0).normal(1, 2, 20)
    seen = infer(Sampled(float(folds.mean()), folds, np.empty(0)), 1e-12)
    expected = stats.ttest_1samp(folds, 0.0)
    low, high = expected.confidence_interval(0.95)
    assert (seen.low, seen.high) == pytest.approx((low, high))
    assert seen.p == pytest.approx(expected.pvalue)


def test_the_wider_interval_is_quoted():
    folds = np.array([0.0, 0.02, -0.02, 0.01])
    narrow, wide = np.linspace(-0.001, 0.001, 101), np.linspace(-1, 1, 101)
    assert infer(Sampled(0.0, folds, wide), 0.25).high == pytest.approx(0.95)
    assert infer(Sampled(0.0, folds, narrow), 0.25).high > 0.01


def test_nothing_differs_means_p_is_one():
    assert infer(Sampled(0.0, np.zeros(5), np.zeros(9)), 0.25).p == 1.0


def test_a_difference_without_spread_has_no_p_value():
    seen = infer(Sampled(0.1, np.full(5, 0.1), np.zeros(9)), 0.25)
    assert np.isnan(seen.p)
    assert (seen.low, seen.high) == (0.1, 0.1)


def test_holm_by_hand():
    # sorted 0.01, 0.02, 0.03, 0.5 times 4, 3, 2, 1, made monotone
    assert holm(np.array([0.02, 0.5, 0.01, 0.03])) == pytest.approx([0.06, 0.5, 0.04, 0.06])


def test_weighted_pairs_give_the_auroc_of_the_repeated_patients():
    rng = np.random.default_rng(0)
    y, p = rng.random(40) < 0.4, np.round(rng.random(40), 1)
    gap = p[y][:, None] - p[~y][None]
    counts = weights(40, rng, 20)
    right, all_pairs = (gap > 0) + 0.5 * (gap == 0), np.ones_like(gap)
    draws = weighted_pairs(right, y, counts) / weighted_pairs(all_pairs, y, counts)
    for count, draw in zip(counts, draws, strict=True):
        rows = np.repeat(np.arange(40), count.astype(int))
        assert draw == pytest.approx(roc_auc_score(y[rows], p[rows]), abs=1e-12)


def test_naive_interval_is_too_narrow_and_the_corrected_one_is_not():
    """Two equal pipelines on overlapping training sets: the plain t-test finds differences far too often."""
    rng = np.random.default_rng(1)
    naive = corrected = 0
    runs, n = 300, 50
    for _ in range(runs):
        losses = rng.normal(size=n)  # per-patient difference; folds of it share patients over repeats
        folds = np.concatenate(
            [[part.mean() for part in np.array_split(rng.permutation(losses), 5)] for _ in range(10)]
        )
        naive += stats.ttest_1samp(folds, 0).pvalue < 0.05
        corrected += infer(Sampled(float(folds.mean()), folds, np.empty(0)), 0.25).p < 0.05
    assert naive / runs > 0.3
    assert corrected / runs < 0.1


def test_few_sites_leave_few_degrees_of_freedom():
    folds = np.random.default_rng(0).normal(1, 2, 50)
    sampled = Sampled(float(folds.mean()), folds, np.empty(0))
    many, few = infer(sampled, 0.25), infer(sampled, 0.25, freedom=4)
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(
        stats.t.ppf(0.975, 4) / stats.t.ppf(0.975, 49)
    )


def test_draws_on_one_test_set_are_no_splits():
    draws = np.random.default_rng(0).normal(0, 0.1, 2000)
    seen = infer(Sampled(0.2, np.array([0.2, 0.2001, 0.1999]), draws), 0.0)
    assert seen.p == pytest.approx(2 * stats.norm.sf(0.2 / draws.std(ddof=1)))


def test_a_site_that_is_left_out_and_drawn_twice_counts_twice():
    """Not four times, which would be the patients of one copy ranked against those of the other."""
    rng, sites = np.random.default_rng(0), np.repeat(np.arange(12), 10)
    y, p = (np.arange(120) % 2).astype(float), rng.random((1, 120))
    told = Predicted("binary", 2, y, sites, sites[None], {KEY: {"logistic": p}}, {}, 0)
    seen = score_all(told, only={"auroc"}).table[KEY]["logistic"]["auroc"]
    areas = np.array([roc_auc_score(y[sites == k], p[0, sites == k]) for k in range(12)])
    drawn = told.counts[:, ::10]
    assert seen.estimate == pytest.approx(areas.mean())
    assert seen.draws == pytest.approx(drawn @ areas / 12 - areas.mean())
