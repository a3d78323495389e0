"""What the clinic-like worlds say of themselves is true."""

import numpy as np
import pytest
from scipy import stats

from fewfold.data import datasets
from fewfold.data.rules import violations


def auroc(score, y):
    """Mann-Whitney."""
    return stats.mannwhitneyu(score[y == 1], score[y == 0]).statistic / ((y == 1).sum() * (y == 0).sum())


def test_clinic_is_as_predictable_and_dependent_as_it_says():
    world = datasets.make_clinic(20_000, auroc=0.8, missing=0.0, correlation=0.5, subgroup=0.25, rng=0)
    cohort, x = world.cohort, world.cohort.matrix
    member = x[:, 8] == 1
    score = (x[:, :8] - member[:, None] * world.truth["shift"]) @ world.truth["direction"]
    assert auroc(score, cohort.y) == pytest.approx(0.8, abs=0.01)
    assert member.mean() == pytest.approx(0.25, abs=0.01)
    within = np.corrcoef(x[(cohort.y == 0) & ~member, :8].T)
    assert within[0, 1] == pytest.approx(0.5, abs=0.03)
    assert within[0, 4] == pytest.approx(0.0, abs=0.03)
    assert not violations(cohort).to_numpy().any()


def test_visits_follow_each_other():
    world = datasets.make_visits(4_000, visits=4, correlation=0.7, rng=1)
    cohort = world.cohort
    assert cohort.n_subjects == 4_000
    x = cohort.matrix.reshape(4_000, 4, -1)
    y = cohort.y.reshape(4_000, 4)
    assert (y == y[:, :1]).all()
    for outcome, slope in enumerate(world.truth["slope"]):
        steps = np.diff(x[y[:, 0] == outcome].mean(axis=(0, 2)))
        np.testing.assert_allclose(steps, slope, atol=0.05)
    healthy = x[y[:, 0] == 0]
    steps = np.diff(healthy, axis=1)  # an AR(1) step has the variance 2 s^2 (1 - r), here with s = 0.7
    assert steps.var() == pytest.approx(2 * 0.7**2 * (1 - 0.7), rel=0.05)


def test_follow_up_has_the_hazard_that_it_says():
    world = datasets.make_follow_up(20_000, effect=0.5, shape=1.5, horizon=2.0, rng=2)
    cohort, truth = world.cohort, world.truth
    years = cohort.table["years"].to_numpy()
    event = cohort.table["event"].to_numpy() == 1
    assert 0.4 < event.mean() < 0.6
    assert years[~event].min() >= truth["horizon"]  # nobody is lost before
    np.testing.assert_array_equal(cohort.y == 1, event & (years <= truth["horizon"]))
    # P(T > t | x) = exp(-(t / scale)^shape e^(x b)), averaged over the patients
    risk = np.exp(cohort.matrix @ truth["coefficients"])
    expected = np.exp(-((truth["horizon"] / truth["scale"]) ** truth["shape"]) * risk).mean()
    assert 1 - cohort.y.mean() == pytest.approx(expected, abs=0.01)


def test_two_classes_are_as_far_apart_as_asked():
    world = datasets.make_classes(9_000, distance=1.5, rng=3)
    cohort, means = world.cohort, world.truth["means"]
    assert cohort.task == "multiclass"
    assert list(cohort.class_counts.values()) == [3_000] * 3
    two = cohort.y < 2
    score = cohort.matrix[two] @ (means[1] - means[0])
    assert auroc(score, cohort.y[two]) == pytest.approx(stats.norm.cdf(1.5 / np.sqrt(2)), abs=0.01)


def test_score_is_explained_in_the_part_that_was_asked_for():
    world = datasets.make_score(20_000, r2=0.4, rng=4)
    cohort = world.cohort
    assert cohort.task == "continuous"
    assert np.corrcoef(cohort.matrix @ world.truth["direction"], cohort.y)[0, 1] ** 2 == pytest.approx(0.4, abs=0.01)
    assert cohort.y.std() == pytest.approx(1, abs=0.02)
