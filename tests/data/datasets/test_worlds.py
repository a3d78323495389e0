"""What a simulated world says of itself is true."""

import numpy as np
import pytest
from scipy import stats

from fewfold.core.errors import BadInput
from fewfold.data import datasets


def auroc(score, y):
    """Mann-Whitney."""
    return stats.mannwhitneyu(score[y == 1], score[y == 0]).statistic / ((y == 1).sum() * (y == 0).sum())


@pytest.mark.parametrize("truth", [0.6, 0.75, 0.9])
def test_linear_is_as_predictable_as_it_says(truth):
    world = datasets.make_linear(20_000, auroc=truth, prevalence=0.2, rng=0)
    score = world.cohort.matrix @ world.truth["direction"]
    assert auroc(score, world.cohort.y) == pytest.approx(truth, abs=0.01)
    assert world.cohort.y.mean() == world.truth["prevalence"] == 0.2
    other = world.cohort.matrix[:, -1]
    assert auroc(other, world.cohort.y) == pytest.approx(0.5, abs=0.015)


def test_linear_with_missing_values_and_levels():
    cohort = datasets.make_linear(5_000, missing=0.2, levels=3, rng=1).cohort
    assert np.isnan(cohort.matrix[:, :-1]).mean() == pytest.approx(0.2, abs=0.01)
    assert cohort.schema["group"].levels == ("level1", "level2", "level3")
    table = np.array([[((cohort.matrix[:, -1] == g) & (cohort.y == c)).sum() for g in range(3)] for c in (0, 1)])
    assert stats.chi2_contingency(table).pvalue > 0.01


def test_one_feature_leaves_no_ranking_to_improve():
    world = datasets.make_no_benefit(20_000, auroc=0.7, rng=2)
    assert world.cohort.matrix.shape == (20_000, 1)
    assert auroc(world.cohort.matrix[:, 0], world.cohort.y) == pytest.approx(0.7, abs=0.01)


def test_noise_labels_are_noise():
    world = datasets.make_noise_labels(20_000, rng=3)
    assert world.truth["auroc"] == 0.5
    assert world.cohort.y.mean() == 0.2
    for feature in world.cohort.matrix.T:
        assert auroc(feature, world.cohort.y) == pytest.approx(0.5, abs=0.02)


def test_interaction_is_told_by_two_features_together():
    cohort = datasets.make_interaction(20_000, auroc=0.8, rng=3).cohort
    assert auroc(np.sign(cohort.matrix[:, 0] * cohort.matrix[:, 1]), cohort.y) == pytest.approx(0.8, abs=0.01)
    for feature in cohort.matrix.T:
        assert auroc(feature, cohort.y) == pytest.approx(0.5, abs=0.02)
        assert feature.std() == pytest.approx(1, abs=0.02)


def test_clusters_lie_where_they_say():
    world = datasets.make_clusters(3_000, separation=6, rng=4)
    centres, cluster = world.truth["centres"], world.truth["cluster"]
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2)[np.triu_indices(3, 1)]
    np.testing.assert_allclose(gaps, 6)
    nearest = np.argmin(np.linalg.norm(world.cohort.matrix[:, None] - centres[None], axis=2), axis=1)
    assert (nearest == cluster).mean() > 0.99
    assert np.bincount(cluster).tolist() == [1000, 1000, 1000]
    rates = [world.cohort.y[cluster == c].mean() for c in range(3)]
    np.testing.assert_allclose(rates, world.truth["probability"], atol=0.05)


def test_visits_of_one_patient_are_alike_and_labels_are_not_told():
    world = datasets.make_repeated(2_000, rows_each=4, correlation=0.8, rng=5)
    cohort = world.cohort
    assert cohort.n_subjects == 2_000
    assert len(cohort) == 8_000
    first, second = (cohort.matrix[k::4, 0] for k in (0, 1))
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.8, abs=0.03)
    assert (cohort.y.reshape(-1, 4) == cohort.y.reshape(-1, 4)[:, :1]).all()
    assert auroc(cohort.matrix[::4, 0], cohort.y[::4]) == pytest.approx(0.5, abs=0.03)


def test_impossible_worlds_are_refused():
    with pytest.raises(BadInput, match="two patients"):
        datasets.make_noise_labels(20, prevalence=0.01, rng=0)
    with pytest.raises(BadInput, match="features"):
        datasets.make_clusters(30, n_clusters=9, rng=0)
