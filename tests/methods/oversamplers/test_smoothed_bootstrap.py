"""The smoothed bootstrap against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from cohorts import make_cohort
from fewfold.methods.base import method
from fewfold.methods.oversamplers.smoothed_bootstrap import silverman
from methods.oversamplers.tables import numbers


@pytest.mark.parametrize(("n", "d"), [(20, 1), (50, 3), (307, 12)])
def test_bandwidth_is_silvermans(n: int, d: int) -> None:
    data = np.random.default_rng(0).normal(size=(d, n))
    assert silverman(n, d) == pytest.approx(gaussian_kde(data, "silverman").factor, rel=1e-12)


def test_mean_and_covariance_of_each_class_are_kept() -> None:
    rng = np.random.default_rng(0)
    classes = np.repeat([0.0, 1.0], [30, 20])
    values = rng.multivariate_normal([0, 5, -3], [[4, 1.5, 0], [1.5, 1, 0.2], [0, 0.2, 9]], 50) * (1 + classes)[:, None]
    made = method("smoothed_bootstrap").fit(numbers(values, classes), rng=0).sample(100_000, rng=1)
    for code in (0, 1):
        own, drawn = values[classes == code], made.matrix[made.y == code]
        np.testing.assert_allclose(drawn.mean(axis=0), own.mean(axis=0), atol=0.03 * own.std(axis=0).max())
        np.testing.assert_allclose(np.cov(drawn.T, ddof=0), np.cov(own.T, ddof=0), atol=0.03 * own.var(axis=0).max())


def test_distance_from_the_source_is_the_kernel() -> None:
    """x = mean + (source - mean + h e) / sqrt(1 + h^2), so that x sqrt(1 + h^2) - source has covariance h^2 S."""
    values = np.random.default_rng(0).normal(size=(40, 3)) @ [[2, 0, 0], [1, 1, 0], [0, 0.5, 0.3]]
    values -= values.mean(axis=0)
    made = method("smoothed_bootstrap", bandwidth=0.7).fit(numbers(values), rng=0).sample(60_000, rng=1)
    h = 0.7 * gaussian_kde(values.T, "silverman").factor
    noise = made.matrix * np.sqrt(1 + h**2) - values[made.provenance.sources[:, 0]]
    np.testing.assert_allclose(
        np.cov(noise.T), h**2 * np.cov(values.T, ddof=0), atol=0.02 * h**2 * values.var(axis=0).max()
    )


def test_no_bandwidth_is_duplication() -> None:
    cohort = make_cohort()
    made = method("smoothed_bootstrap", bandwidth=0.0).fit(cohort, rng=0).sample(70, rng=0)
    np.testing.assert_allclose(made.modelled, cohort.modelled[made.provenance.sources[:, 0]], rtol=1e-12)


def test_levels_are_redrawn_once_in_n_from_their_class() -> None:
    """A level differs from its source's with probability (1 / n) (1 - sum p^2), n rows of the class."""
    cohort = make_cohort()
    made = method("smoothed_bootstrap").fit(cohort, rng=0).sample(rng=1, per_class={"yes": 40_000})
    own = cohort.matrix[cohort.y == 1][:, 2]
    share = np.unique(own, return_counts=True)[1] / len(own)
    expected = (1 - (share**2).sum()) / len(own)
    moved = (made.matrix[:, 2] != cohort.matrix[made.provenance.sources[:, 0], 2]).mean()
    assert moved == pytest.approx(expected, abs=4 * np.sqrt(expected / 40_000))
    drawn = np.unique(made.matrix[:, 2], return_counts=True)[1] / 40_000
    np.testing.assert_allclose(drawn, share, atol=0.01)


def test_noise_is_reflected_at_limits() -> None:
    values = np.abs(np.random.default_rng(0).normal(size=(50, 1)))
    free = method("smoothed_bootstrap").fit(numbers(values), rng=0).sample(4000, rng=1).matrix
    kept = method("smoothed_bootstrap").fit(numbers(values, low=0.0), rng=0).sample(4000, rng=1).matrix
    assert (free < 0).mean() > 0.02
    np.testing.assert_array_equal(kept, np.abs(free))
