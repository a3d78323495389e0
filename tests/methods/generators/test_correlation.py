"""The latent correlation against closed forms, scipy and scikit-learn."""

import numpy as np
import pytest
from scipy import stats

from fewfold.methods.generators import correlation

TRUTH = np.array([[1.0, 0.6, -0.5, 0.4], [0.6, 1.0, -0.3, 0.7], [-0.5, -0.3, 1.0, 0.0], [0.4, 0.7, 0.0, 1.0]])


def latent_of(columns: np.ndarray) -> np.ndarray:
    scored = correlation.scores(columns)
    return correlation.latent(correlation.moments(scored).correlation(), scored.series)


def test_the_score_of_a_value_is_the_mean_of_a_normal_over_its_step():
    column = np.array([0.0, 0.0, 5.0, np.nan, 1.0, 5.0, 0.0, 2.0])
    got = correlation.scores(column[:, None]).values[:, 0]
    steps = {0.0: (0, 3 / 7), 1.0: (3 / 7, 4 / 7), 2.0: (4 / 7, 5 / 7), 5.0: (5 / 7, 1)}
    for value, score in zip(column, got, strict=True):
        if np.isnan(value):
            assert score == 0
        else:
            low, high = stats.norm.ppf(steps[value])
            assert score == pytest.approx(stats.truncnorm.mean(low, high), abs=1e-9)


def test_scores_without_ties_are_close_to_the_normal_scores_of_ranks(rng):
    column = rng.exponential(size=500)
    got = correlation.scores(column[:, None]).values[:, 0]
    assert np.corrcoef(got, stats.norm.ppf(stats.rankdata(column) / 501))[0, 1] > 0.9995


def test_the_first_coefficient_is_the_variance_and_the_series_sums_to_it(rng):
    column = rng.normal(size=(2000, 1)).round(1)
    scored = correlation.scores(column)
    assert scored.series[0, 0] == pytest.approx(scored.values.var(), rel=1e-9)
    assert (scored.series**2).sum() == pytest.approx(scored.values.var(), rel=1e-3)


def test_columns_of_any_kind_give_back_the_correlation_of_their_latents(rng):
    z = rng.multivariate_normal(np.zeros(4), TRUTH, 100_000)
    columns = np.column_stack([z[:, 0], z[:, 1] > 0.8, np.exp(z[:, 2]), np.digitize(z[:, 3], [-1, 0, 1.3])])
    columns[rng.random(100_000) < 0.3, 0] = np.nan
    assert latent_of(columns) == pytest.approx(TRUTH, abs=0.015)


@pytest.mark.parametrize("phi", [-0.5, 0.1, 0.7])
def test_two_median_splits_follow_sheppard(phi):
    scored = correlation.scores(np.array([[0.0, 0.0], [1.0, 1.0]]))
    got = correlation.latent(np.array([[1, phi], [phi, 1]]), scored.series)
    assert got[0, 1] == pytest.approx(np.sin(np.pi * phi / 2), abs=0.012)


def test_moments_of_classes_add_up_to_the_pooled_within_class_correlation(rng):
    first, second = rng.normal(size=(40, 3)), rng.normal(size=(25, 3)) @ np.diag([1, 2, 3.0])
    parts = [correlation.scores(part) for part in (first, second)]
    got = (correlation.moments(parts[0]) + correlation.moments(parts[1])).correlation()
    centred = np.vstack([part.values - part.values.mean(axis=0) for part in parts])
    assert got == pytest.approx(np.corrcoef(centred.T))


def test_correlations_with_missing_values_are_over_pairwise_complete_rows(rng):
    columns = rng.normal(size=(60, 3))
    columns[rng.random(columns.shape) < 0.3] = np.nan
    scored = correlation.scores(columns)
    got = correlation.moments(scored).correlation()
    both = scored.known[:, 0] & scored.known[:, 2]
    assert got[0, 2] == pytest.approx(stats.pearsonr(scored.values[both, 0], scored.values[both, 2]).statistic)


def test_a_column_that_never_varies_correlates_with_nothing(rng):
    columns = np.column_stack([rng.normal(size=30), np.full(30, 7.0), np.full(30, np.nan)])
    assert latent_of(columns) == pytest.approx(np.eye(3))


def test_the_shrinkage_is_the_published_formula(rng):
    x = rng.multivariate_normal([0, 0, 0], [[1, 0.5, 0], [0.5, 1, 0.2], [0, 0.2, 1]], 30)
    r = np.corrcoef(x.T)
    pairs = [(0, 1), (0, 2), (1, 2)]
    intensity = sum((1 - r[p] ** 2) ** 2 / 30 for p in pairs) / sum(r[p] ** 2 for p in pairs)
    got = correlation.shrink(r, np.full((3, 3), 30.0))
    assert got[0, 1] == pytest.approx((1 - intensity) * r[0, 1])
    assert np.diag(got) == pytest.approx(1)


def test_the_shrinkage_agrees_with_ledoit_and_wolf_on_standardised_columns(rng):
    from sklearn.covariance import ledoit_wolf_shrinkage

    x = rng.normal(size=(60, 20)) + rng.normal(size=(60, 1)) * 0.7
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    r = np.corrcoef(x.T)
    ours = 1 - correlation.shrink(r, np.full((20, 20), 60.0))[0, 1] / r[0, 1]
    assert ours == pytest.approx(ledoit_wolf_shrinkage(x), abs=0.05)


def test_pure_noise_is_shrunk_to_almost_nothing(rng):
    r = np.corrcoef(rng.normal(size=(25, 40)).T)
    off = correlation.shrink(r, np.full(r.shape, 25.0))[np.triu_indices(40, 1)]
    assert np.abs(off).mean() < 0.3 * np.abs(r[np.triu_indices(40, 1)]).mean()


def test_the_factor_repairs_what_is_not_positive_definite():
    impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    assert np.linalg.eigvalsh(impossible).min() < 0
    f = correlation.factor(impossible)
    assert np.diag(f @ f.T) == pytest.approx(1)
    assert np.linalg.eigvalsh(f @ f.T).min() > 0
    # eigenvalues 1.9, 1.9, -0.8: the part that stays has 2/3 on its diagonal and +-1/3 off it, times 1.9
    assert f @ f.T == pytest.approx(np.array([[1, 0.5, -0.5], [0.5, 1, 0.5], [-0.5, 0.5, 1]]), abs=1e-5)
    assert correlation.factor(TRUTH) @ correlation.factor(TRUTH).T == pytest.approx(TRUTH)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)
