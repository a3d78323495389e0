"""Learners take mixed kinds, missing values and classes that training lacks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from cohorts import make_cohort
from fewfold.data.cohort import Cohort
from fewfold.data.encoding import Encoder
from fewfold.data.schema import Variable
from fewfold.metrics.utility.learners import LEARNERS, suited
from fewfold.metrics.utility.scores import SCORES

KINDS = ("logistic", "boosting")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous"])
def test_learns_the_signal_and_gives_the_right_shape(name, task):
    cohort = make_cohort(240, task=task)
    train, test = cohort.take(np.arange(160)), cohort.take(np.arange(160, 240))
    p = LEARNERS[suited(name, task)].fit_predict(train, test)
    assert p.shape == ((80, 3) if task == "multiclass" else (80,))
    assert np.isfinite(p).all()
    if task == "continuous":
        assert SCORES["r2"](test.y, p) > 0.1
    else:
        assert SCORES["auroc"](test.y, p) > 0.65


@pytest.mark.parametrize("name", KINDS)
def test_a_class_that_training_lacks_gets_probability_zero(name):
    cohort = make_cohort(200, task="multiclass")
    train = cohort.take(np.flatnonzero(cohort.y != 1))
    p = LEARNERS[name].fit_predict(train, cohort)
    assert (p[:, 1] == 0).all()
    assert p.sum(axis=1) == pytest.approx(1)
    alone = LEARNERS[name].fit_predict(cohort.take(np.flatnonzero(cohort.y == 2)), cohort)
    assert (alone[:, 2] == 1).all()


@pytest.mark.parametrize("name", KINDS)
def test_weights_count_as_repetition(name):
    cohort = make_cohort(120)
    twice = np.concatenate([np.arange(120), np.flatnonzero(cohort.y == 1)])
    weighted = LEARNERS[name].fit_predict(cohort, cohort, weights=1 + cohort.y)
    plain = LEARNERS[name].fit_predict(cohort, cohort)
    assert weighted.mean() > plain.mean()
    if name == "logistic":  # the encoder's medians and scales see rows, not weights
        repeated = LEARNERS[name].fit_predict(cohort.take(twice), cohort)
        assert np.corrcoef(weighted, repeated)[0, 1] > 0.999


@pytest.mark.parametrize("name", KINDS)
def test_empty_and_constant_columns_do_no_harm(name):
    cohort = make_cohort(80)
    hollow = cohort.with_column("bilirubin", np.nan).with_column("age", 50.0)
    assert np.isfinite(LEARNERS[name].fit_predict(hollow, cohort)).all()


def test_the_linear_learner_is_called_what_it_is():
    assert [suited(name, "continuous") for name in LEARNERS] == ["ridge", "ridge", "boosting"]
    assert [suited(name, "multiclass") for name in LEARNERS] == ["logistic", "logistic", "boosting"]
    assert set(LEARNERS["ridge"].params) == {"alpha"}


def two_steps(name, real, made, test, task=None):
    x, y = np.vstack([real.matrix, made.matrix]), np.concatenate([real.y, made.y])
    classes = len(real.schema.target.levels or ())
    return LEARNERS[name].predict(x, y, test.matrix, real.schema.features, real.task, classes, n_real=len(real))


def design(real, made, test):
    """The encoded columns that the linear learners see."""
    encoder = Encoder.fit(np.vstack([real.matrix, made.matrix]), real.schema.features)
    return [encoder.transform(rows.matrix) for rows in (real, made, test)]


def parts(task, flip=False):
    cohort = make_cohort(300, task=task)
    real, made, test = (cohort.take(np.arange(a, b)) for a, b in ((0, 80), (80, 220), (220, 300)))
    if flip:
        made = made.with_column("relapse", made.table["relapse"].cat.rename_categories({"yes": "no", "no": "yes"}))
        made = made.with_column("relapse", made.table["relapse"].cat.reorder_categories(["yes", "no"]))
    return real, made, test


def test_two_steps_of_ridge_regression_solve_the_normal_equations():
    """(X'X + I) w = X'y + w0 on centred real rows, where w0 solves them on synthetic rows with w0 = 0."""
    real, made, test = parts("continuous")
    a, b, c = design(real, made, test)

    def solve(x, y, centre):
        x0, y0 = x - x.mean(axis=0), y - y.mean()
        return np.linalg.solve(x0.T @ x0 + np.eye(x.shape[1]), x0.T @ y0 + centre)

    w = solve(a, real.y, solve(b, made.y, np.zeros(a.shape[1])))
    expected = real.y.mean() + (c - a.mean(axis=0)) @ w
    np.testing.assert_allclose(two_steps("ridge", real, made, test), expected, rtol=1e-8)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_two_steps_of_logistic_regression_meet_the_score_equations(task):
    """At the optimum the residuals are balanced by the pull to the centre, and the intercept makes them sum to 0."""
    real, made, test = parts(task)
    a, b, _ = design(real, made, test)
    first = LogisticRegression(C=1.0, max_iter=5000, tol=1e-8).fit(b, made.y)
    p = two_steps("logistic", real, made, real)
    p = np.column_stack([1 - p, p]) if task == "binary" else p
    off = np.eye(p.shape[1])[real.y.astype(int)] - p
    assert off.sum(axis=0) == pytest.approx(0, abs=1e-3)
    logits = np.log(p) - np.log(p[:, :1]) if task == "binary" else np.log(p) - np.log(p).mean(axis=1, keepdims=True)
    shape = (
        first.coef_ - first.coef_.mean(axis=0) if task == "multiclass" else np.vstack([0 * first.coef_, first.coef_])
    )
    moved = (logits - a @ shape.T).T  # the pull: what is left of the scores is a @ (a' off) and a constant
    pull = a @ (a.T @ off)
    pull = pull - (pull.mean(axis=1, keepdims=True) if task == "multiclass" else pull * [1, 0])
    expected = (pull - pull.mean(axis=0)).T
    np.testing.assert_allclose(
        moved - moved.mean(axis=1, keepdims=True), expected, atol=2e-2
    )  # the first fit stops at its own tolerance


@pytest.mark.parametrize("name", KINDS)
def test_patients_have_the_last_word(name):
    """Synthetic rows with every label turned round: pooled they win by number, in two steps they do not."""
    real, made, test = parts("binary", flip=True)
    made = made.take(np.tile(np.arange(len(made)), 3))
    together = Cohort.concat([real, made])
    pooled = SCORES["auroc"](test.y, LEARNERS[name].fit_predict(together, test))
    tuned = SCORES["auroc"](test.y, two_steps(name, real, made, test))
    assert pooled < 0.5
    assert tuned > pooled + 0.15


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "continuous"])
def test_what_synthetic_rows_taught_is_kept(name, task):
    real, made, test = parts(task)
    few = real.take(np.arange(20))
    p = two_steps(suited(name, task), few, made, test)
    assert np.isfinite(p).all()
    score = SCORES["r2"] if task == "continuous" else SCORES["auroc"]
    alone = score(test.y, LEARNERS[suited(name, task)].fit_predict(few, test))
    assert score(test.y, p) > alone - 0.05
    assert score(test.y, p) > (0.05 if task == "continuous" else 0.6)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("kept", [(0, 1), (2,)])
def test_two_steps_where_synthetic_rows_lack_a_class(name, kept):
    real, made, test = parts("multiclass")
    p = two_steps(name, real, made.take(np.flatnonzero(np.isin(made.y, kept))), test)
    assert p.sum(axis=1) == pytest.approx(1)
    assert SCORES["auroc"](test.y, p) > 0.6


@pytest.mark.parametrize("name", KINDS)
def test_two_steps_without_synthetic_rows_are_one(name):
    real, made, test = parts("binary")
    np.testing.assert_array_equal(
        two_steps(name, real, made.take(np.arange(0)), test), LEARNERS[name].fit_predict(real, test)
    )


def test_boosting_in_two_steps_takes_more_values_than_bins():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(900, 2))
    y = (x[:, 0] + 0.5 * rng.normal(size=900) > 0).astype(float)
    variables = [Variable(name=name, kind="numeric") for name in "ab"]
    p = LEARNERS["boosting"].predict(x[:600], y[:600], x[600:], variables, "binary", 2, n_real=100)
    assert SCORES["auroc"](y[600:], p) > 0.9
