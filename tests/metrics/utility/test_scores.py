"""Scores against scikit-learn, closed forms and a fit by an independent optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize
from sklearn import metrics as reference

from fewfold.metrics.utility import scores
from fewfold.metrics.utility.scores import SCORES


@pytest.fixture(params=range(3))
def predictions(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(request.param)
    p = np.round(rng.beta(2, 3, 80), 2)  # rounded, so that there are ties
    return (rng.random(80) < p**0.5 * 0.9).astype(float), p


def test_ranking_and_proper_scores_agree_with_scikit_learn(predictions):
    y, p = predictions
    assert scores.auroc(y, p) == pytest.approx(reference.roc_auc_score(y, p), abs=1e-12)
    assert scores.auprc(y, p) == pytest.approx(reference.average_precision_score(y, p), abs=1e-12)
    assert scores.brier(y, p) == pytest.approx(reference.brier_score_loss(y, p), abs=1e-12)
    clipped = np.clip(p, scores.EPSILON, 1 - scores.EPSILON)
    assert scores.log_loss(y, p) == pytest.approx(reference.log_loss(y, clipped), abs=1e-9)


def test_multiclass_is_the_mean_over_one_against_the_rest():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 2, 3], 90)
    y = np.array([rng.choice(3, p=row) for row in p]).astype(float)
    expected = reference.roc_auc_score(y, p, multi_class="ovr", average="macro")
    assert SCORES["auroc"](y, p) == pytest.approx(expected, abs=1e-12)


def test_recalibration_agrees_with_a_general_optimiser(predictions):
    y, p = predictions
    odds = scores.logit(p)

    def loss(ab: np.ndarray, fixed: bool) -> float:
        eta = ab[0] + (odds if fixed else ab[1] * odds)
        return float(np.sum(np.logaddexp(0, eta) - y * eta))

    free = optimize.minimize(loss, [0.0, 1.0], args=(False,), tol=1e-10).x
    offset = optimize.minimize(loss, [0.0], args=(True,), tol=1e-10).x
    assert scores.calibration_slope(y, p) == pytest.approx(free[1], abs=1e-4)
    assert scores.calibration_intercept(y, p) == pytest.approx(offset[0], abs=1e-4)


def test_recalibration_recovers_a_planted_miscalibration():
    rng = np.random.default_rng(1)
    odds = rng.normal(0, 1.5, 200_000)
    y = (rng.random(len(odds)) < 1 / (1 + np.exp(-odds))).astype(float)
    doubled = 1 / (1 + np.exp(-2 * odds))  # twice too sure
    shifted = 1 / (1 + np.exp(-(odds - 1)))
    assert scores.calibration_slope(y, doubled) == pytest.approx(0.5, abs=0.01)
    assert scores.calibration_intercept(y, shifted) == pytest.approx(1.0, abs=0.02)


def test_influence_agrees_with_leaving_each_patient_out(predictions):
    y, p = predictions
    for read in (scores.recalibrated_slope, scores.recalibrated_intercept):
        whole, influence = read(y, p)
        left_out = np.array([read(np.delete(y, i), np.delete(p, i))[0] for i in range(len(y))])
        jackknife = (len(y) - 1) * (whole - left_out)
        assert np.corrcoef(influence, jackknife)[0, 1] > 0.99
        assert influence.std() == pytest.approx(jackknife.std(), rel=0.15)


def test_no_slope_where_predictions_separate_the_classes():
    y = np.array([0.0, 0, 0, 1, 1, 1])
    assert np.isnan(scores.calibration_slope(y, np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])))
    assert np.isnan(scores.calibration_slope(y, np.full(6, 0.5)))


def test_sensitivity_at_specificity_by_hand():
    y = np.array([0] * 10 + [1] * 4)
    p = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.88, 0.5, 0.1])
    # one of ten negatives may lie above: the threshold is 0.85, and two of four positives are above it
    assert scores.sensitivity_at_specificity(y, p) == pytest.approx(0.5)


def test_net_benefit_by_hand():
    y, p = np.array([1.0, 1, 0, 0, 0]), np.array([0.9, 0.1, 0.8, 0.2, 0.1])
    assert scores.net_benefit(y, p, 0.25) == pytest.approx(1 / 5 - 1 / 5 * (0.25 / 0.75))


def test_continuous_scores_agree_with_scikit_learn():
    rng = np.random.default_rng(3)
    y = rng.normal(size=60)
    p = 0.6 * y + rng.normal(size=60)
    assert scores.r2(y, p) == pytest.approx(reference.r2_score(y, p))
    assert scores.rmse(y, p) == pytest.approx(reference.root_mean_squared_error(y, p))
    assert scores.mae(y, p) == pytest.approx(reference.mean_absolute_error(y, p))
    assert scores.linear_slope(y, p) == pytest.approx(np.polyfit(p, y, 1)[0])


def test_one_class_has_no_score():
    y, p = np.zeros(5), np.linspace(0, 1, 5)
    assert np.isnan(scores.auroc(y, p))
    assert np.isnan(scores.auprc(y, p))
    assert np.isnan(scores.calibration_slope(y, p))


@pytest.mark.parametrize("times", [1, 3, 6])
def test_slope_of_overconfident_predictions(times):
    """Odds that are blown up have the slope of the plain ones divided by as much, however far off that is."""
    rng = np.random.default_rng(5)
    odds = rng.normal(0, 0.6, 200)
    y = (rng.random(200) < 1 / (1 + np.exp(-odds))).astype(float)
    plain = scores.calibration_slope(y, 1 / (1 + np.exp(-odds)))
    blown = scores.calibration_slope(y, 1 / (1 + np.exp(-times * odds)))
    assert blown == pytest.approx(plain / times, rel=1e-3)


def test_classes_cannot_make_up_for_each_other():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([2, 2, 2], 300)
    y = np.array([rng.choice(3, p=row) for row in p]).astype(float)
    shifted = p * [3, 1, 1 / 3]
    shifted /= shifted.sum(axis=1, keepdims=True)
    each = [scores.calibration_intercept((y == k).astype(float), shifted[:, k]) for k in range(3)]
    assert min(each) < -0.5 < 0.5 < max(each)
    assert SCORES["calibration_intercept"](y, shifted) == pytest.approx(np.mean(np.abs(each)))
