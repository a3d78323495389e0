"""The density ratio, against kernel densities of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KernelDensity

import fewfold as ff
from comparisons import numbers
from fewfold.metrics.base import metric


def test_is_the_ratio_of_two_kernel_densities_each_patient_left_out_of_the_reference() -> None:
    rng = np.random.default_rng(0)
    train, other, made = rng.normal(size=(3, 30, 3))
    made = np.vstack([made, train[:10] + 0.2 * rng.normal(size=(10, 3))])
    real = np.vstack([train, other]) / made.std(axis=0)
    apart = cdist(real, real) + np.diag(np.full(60, np.inf))
    kernel = KernelDensity(bandwidth=float(np.median(apart.min(axis=1))) / 2)
    about = kernel.fit(made / made.std(axis=0)).score_samples(real)
    people = [kernel.fit(np.delete(real, i, axis=0)).score_samples(real[i : i + 1])[0] for i in range(60)]
    expected = roc_auc_score(np.arange(60) < 30, about - people)
    assert metric("membership_density").value(numbers(train, other, made), rng=0) == pytest.approx(expected)


def test_smooth_rows_that_never_come_near_are_seen_better_than_by_distance() -> None:
    """A copula fitted on 60 patients: nobody is copied, and the fit still follows those who were there."""
    seen = {"membership_density": [], "membership_nearest": []}
    for seed in range(6):
        cohort = ff.datasets.make_clinic(120, rng=seed).cohort
        train, other = cohort.take(np.arange(60)).as_part("train"), cohort.take(np.arange(60, 120)).as_part("holdout")
        made = ff.method("gaussian_copula").fit(train, rng=seed).sample(300, rng=seed)
        for name, values in seen.items():
            values.append(metric(name).value(ff.Comparison(train, other, made), rng=0))
    assert np.mean(seen["membership_density"]) > np.mean(seen["membership_nearest"]) + 0.02


def test_far_rows_overflow_nothing() -> None:
    rng = np.random.default_rng(0)
    train, other, made = rng.normal(size=(3, 30, 2))
    train[0], other[0] = 1e6, -1e6
    assert 0.2 < metric("membership_density").value(numbers(train, other, made), rng=0) < 0.8
