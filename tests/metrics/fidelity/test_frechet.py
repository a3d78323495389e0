"""Fréchet distance against scipy's matrix root and closed forms; what one outlier does to it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.decomposition import PCA

from comparisons import numbers
from fewfold.core.errors import NotApplicable
from fewfold.metrics.base import metric
from fewfold.metrics.fidelity.frechet import COMPONENTS, frechet


def test_is_the_distance_of_scipys_root_on_the_components_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(8, 8))
    train, real, made = (rng.normal(k / 3, 1 + k / 4, size=(60, 8)) @ mix for k in range(3))
    a, b, c = ((x - train.mean(axis=0)) / train.std(axis=0) for x in (train, real, made))
    fitted = PCA(COMPONENTS).fit(a)
    b, c = fitted.transform(b), fitted.transform(c)
    first, second = np.cov(b.T), np.cov(c.T)
    between = np.sum((b.mean(axis=0) - c.mean(axis=0)) ** 2)
    expected = between + np.trace(first + second - 2 * np.real(sqrtm(first @ second)))
    comparison = numbers(train, real, made)
    assert metric("frechet").value(comparison, rng=0) == pytest.approx(expected, rel=1e-9)
    kept = metric("frechet").details(comparison)["variance_kept"]
    assert kept == pytest.approx(fitted.explained_variance_ratio_.sum())


def test_closed_forms() -> None:
    """Equal covariances: the squared distance of the means. Equal means, no correlation: that of the SDs."""
    x = np.random.default_rng(1).normal(size=(50, 3))
    assert frechet(x, x + np.array([1.0, 2.0, 0.0])) == pytest.approx(5.0)
    x = (x - x.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T  # covariance 1, correlation 0
    assert frechet(x, x * [1.0, 3.0, 0.5]) == pytest.approx(4.25)
    assert frechet(x[:, :1], x[:, :1] * 2) == pytest.approx(1.0)


def test_is_biased_and_its_null_says_so() -> None:
    few, many = (
        metric("frechet").measure(numbers(*np.random.default_rng(2).normal(size=(3, n, 6))), rng=0) for n in (30, 600)
    )
    assert few.null is not None and many.null is not None
    assert few.null.low > 0.2 > 0.1 > many.null.high
    assert few.null.low <= few.value <= few.null.high


def test_shrunken_variance_is_seen() -> None:
    x = np.random.default_rng(3).normal(size=(3, 100, 6))
    found = metric("frechet").measure(numbers(x[0], x[1], x[2] / 2), rng=0)
    assert found.null is not None and found.value > found.null.high


def test_one_outlier_moves_it() -> None:
    x = np.random.default_rng(4).normal(size=(3, 100, 6))
    clean = metric("frechet").measure(numbers(*x), rng=0)
    x[2, 0] = 30.0
    assert clean.null is not None
    assert metric("frechet").value(numbers(*x), rng=0) > 3 * clean.null.high


def test_too_few_patients_for_the_components() -> None:
    with pytest.raises(NotApplicable, match="30 patients"):
        metric("frechet").value(numbers(*np.random.default_rng(5).normal(size=(3, 29, 6))), rng=0)
