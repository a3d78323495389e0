"""Scores, calibration and errors of an AUROC against scikit-learn, statsmodels, published numbers and fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn import metrics as sklearn

from fewfold.metrics.fidelity.c2st import auroc_interval
from fewfold.metrics.plausibility.label_preservation import _aurocs
from fewfold.metrics.privacy.attack import bounds, delong
from fewfold.metrics.utility import scores
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.outcomes import _linear
from fewfold.study.power import hanley_mcneil

Pair = tuple[np.ndarray, np.ndarray]


def drawn(name: str) -> Pair:
    """Labels and predictions of a kind that a small cohort can show."""
    rng = np.random.default_rng(7)
    n = {"one positive": 40, "rare": 400, "all tied": 30}.get(name, 120)
    p = rng.beta(1.5, 4, n)
    y = (rng.random(n) < p).astype(float)
    if name == "one positive":
        y = (np.arange(n) == 3).astype(float)
    elif name == "rare":
        y = (rng.permutation(n) < 4).astype(float)
    elif name == "all tied":
        p = np.full(n, 0.2)
    elif name == "four values":
        p = np.round(p * 4) / 4  # 0 and 1 are among them
    return y, p


KINDS = ("plain", "one positive", "rare", "all tied", "four values")


@pytest.mark.parametrize("kind", KINDS)
def test_scores_agree_with_scikit_learn(kind: str) -> None:
    y, p = drawn(kind)
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    assert scores.auroc(y, p) == pytest.approx(sklearn.roc_auc_score(y, p), rel=1e-12)
    assert scores.auprc(y, p) == pytest.approx(sklearn.average_precision_score(y, p), rel=1e-12)
    assert scores.brier(y, p) == pytest.approx(sklearn.brier_score_loss(y, p), rel=1e-12)
    assert scores.log_loss(y, p) == pytest.approx(sklearn.log_loss(y, clipped), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("auroc", sklearn.roc_auc_score),
        ("auprc", sklearn.average_precision_score),
        ("brier", sklearn.brier_score_loss),
        ("log_loss", sklearn.log_loss),
    ],
)
def test_of_several_classes_each_counts_the_same(name: str, reference) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(2)
    p = rng.dirichlet([1, 3, 6, 1], 150)
    y = np.array([rng.choice(4, p=row) for row in p]).astype(float)
    expected = sum(reference((y == k).astype(int), np.clip(p[:, k], 1e-6, 1 - 1e-6)) for k in range(4)) / 4
    assert SCORES[name](y, p) == pytest.approx(expected, rel=1e-6)  # the clipping moves the Brier score by 1e-8


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("blown", [0.5, 1.0, 3.0])
def test_calibration_agrees_with_the_logistic_regressions_of_statsmodels(seed: int, blown: float) -> None:
    """Slope: y on logit(p). In the large: the intercept with logit(p) as an offset. The influence of the patients gives
    the robust (HC0) standard error."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-0.5, 1, 150)
    y = (rng.random(150) < 1 / (1 + np.exp(-odds))).astype(float)
    p = np.clip(1 / (1 + np.exp(-blown * odds)), 1e-6, 1 - 1e-6)
    x = np.log(p / (1 - p))
    family, ones = sm.families.Binomial(), np.ones((150, 1))
    recalibrated = sm.GLM(y, sm.add_constant(x), family).fit(tol=1e-14, cov_type="HC0")
    in_the_large = sm.GLM(y, ones, family, offset=x).fit(tol=1e-14, cov_type="HC0")
    slope, of_slope = scores.recalibrated_slope(y, p)
    intercept, of_intercept = scores.recalibrated_intercept(y, p)
    assert slope == pytest.approx(recalibrated.params[1], rel=1e-8)
    assert slope == pytest.approx(sm.Logit(y, sm.add_constant(x)).fit(disp=0, tol=1e-12).params[1], rel=1e-8)
    assert intercept == pytest.approx(in_the_large.params[0], rel=1e-8)
    assert np.sqrt(np.sum(of_slope**2)) / 150 == pytest.approx(recalibrated.bse[1], rel=1e-7)
    assert np.sqrt(np.sum(of_intercept**2)) / 150 == pytest.approx(in_the_large.bse[0], rel=1e-7)


def test_the_linear_slope_agrees_with_statsmodels() -> None:
    rng = np.random.default_rng(0)
    p = rng.gamma(2, size=90)
    y = 0.7 * p + rng.normal(size=90) * (1 + p)  # spread that grows: the plain error would be another one
    fitted = sm.OLS(y, sm.add_constant(p)).fit(cov_type="HC0")
    slope, influence = _linear(y, p)
    assert scores.linear_slope(y, p) == slope == pytest.approx(fitted.params[1], rel=1e-10)
    assert np.sqrt(np.sum(influence**2)) / 90 == pytest.approx(fitted.bse[1], rel=1e-10)


# 109 CT images read on five steps: Hanley and McNeil 1982 (10.1148/radiology.143.1.7063747), table I
NORMAL, ABNORMAL = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)


def images() -> Pair:
    normal, abnormal = (np.repeat(np.arange(1.0, 6), counts) for counts in (NORMAL, ABNORMAL))
    return abnormal, normal


def test_the_area_and_its_error_on_the_published_images() -> None:
    """The area of 0.893 is that of the paper; the Stata manual (roctab) has for the same images the area 0.8932, the
    error of DeLong 0.0307 and the normal interval 0.83295 to 0.95339."""
    abnormal, normal = images()
    area, variance = delong(abnormal, normal)
    assert round(area, 4) == 0.8932
    assert round(variance**0.5, 4) == 0.0307
    low, high = area + np.array([-1, 1]) * stats.norm.ppf(0.975) * variance**0.5
    assert (round(low, 5), round(high, 5)) == (0.83295, 0.95339)


def fractions(ours: np.ndarray, theirs: np.ndarray) -> tuple[Fraction, Fraction]:
    """DeLong's area and variance, pair by pair in whole numbers."""
    wins = [[Fraction(int(x > y)) + Fraction(int(x == y), 2) for y in theirs] for x in ours]
    m, n = len(ours), len(theirs)
    rows, columns = [sum(row) / n for row in wins], [sum(column) / m for column in zip(*wins, strict=True)]
    area = sum(rows) / m
    spread = [sum((v - area) ** 2 for v in side) / (len(side) - 1) / len(side) for side in (rows, columns)]
    return Fraction(area), Fraction(sum(spread))


@pytest.mark.parametrize("sizes", [(2, 2), (5, 31), (25, 9)])
@pytest.mark.parametrize("steps", [2, 6, 1000])
def test_delong_agrees_with_fractions(sizes: tuple[int, int], steps: int) -> None:
    rng = np.random.default_rng(steps)
    ours, theirs = (np.floor(rng.random(size) ** power * steps) for size, power in zip(sizes, (0.5, 1), strict=True))
    area, variance = fractions(ours, theirs)
    assert delong(ours, theirs) == pytest.approx((float(area), float(variance)), rel=1e-12, abs=1e-15)


def test_the_interval_of_an_attack_is_the_wider_of_two_on_the_published_images() -> None:
    abnormal, normal = images()
    area, variance = map(float, fractions(abnormal, normal))
    centre, error = np.log(area / (1 - area)), variance**0.5 / (area * (1 - area))
    ends = 1 / (1 + np.exp(-(centre + np.array([-1, 1]) * stats.norm.ppf(0.975) * error)))
    score = auroc_interval(area, 58, 51)
    found = bounds(abnormal, normal)
    assert (found.low, found.high) == pytest.approx((min(ends[0], score.low), max(ends[1], score.high)), rel=5e-8)


@pytest.mark.parametrize(("area", "positive", "negative"), [((9, 10), 51, 58), ((1, 2), 10, 10), ((3, 4), 7, 300)])
def test_hanley_and_mcneil_is_their_closed_formula(area: tuple[int, int], positive: int, negative: int) -> None:
    """Q1 = A / (2 - A), Q2 = 2 A^2 / (1 + A), in whole numbers."""
    a = Fraction(*area)
    q1, q2 = a / (2 - a) - a**2, 2 * a**2 / (1 + a) - a**2
    variance = (a * (1 - a) + (positive - 1) * q1 + (negative - 1) * q2) / (positive * negative)
    assert hanley_mcneil(float(a), positive, negative) == pytest.approx(float(variance) ** 0.5, rel=1e-12)


def test_two_areas_are_compared_with_the_errors_of_their_mean() -> None:
    """The variance under equality of two areas is the sum of those of Hanley and McNeil at the mean of both."""
    rng = np.random.default_rng(4)
    labels = [rng.random(size) < 0.4 for size in (60, 45)]
    values = [inside + rng.normal(0, spread, len(inside)) for inside, spread in zip(labels, (0.8, 2), strict=True)]
    areas = [sklearn.roc_auc_score(inside, x) for inside, x in zip(labels, values, strict=True)]
    found = _aurocs(labels[0], values[0], labels[1], values[1])
    assert found is not None
    assert found[0] == pytest.approx(areas[0] - areas[1], rel=1e-9)
    errors = [hanley_mcneil(sum(areas) / 2, int(inside.sum()), int((~inside).sum())) for inside in labels]
    assert found[1] == pytest.approx(sum(error**2 for error in errors), rel=1e-12)
