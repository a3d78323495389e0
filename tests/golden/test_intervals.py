"""Intervals, adjusted p-values and power against statsmodels and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from comparisons import numbers
from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.metrics.base import JACKKNIFE_GROUPS, Comparison, Metric, share_interval
from fewfold.metrics.privacy.rare_combinations import _wilson, newcombe
from fewfold.study.figures import _wilson as wilson_of_figures
from fewfold.study.intervals import Sampled, holm, infer, weights
from fewfold.study.power import CORRELATION, LOSS_SD, Scheme, minimum_detectable_effect

Z_DIGITS = 5e-8  # some intervals are written with z = 1.959964, whose square is 1.6e-8 of its size too large


@pytest.mark.parametrize("n", [1, 2, 7, 30, 151, 5000])
def test_clopper_and_pearson_agree_with_statsmodels(n: int) -> None:
    for hits in {0, 1, n // 3, n // 2, n - 1, n}:
        expected = proportion_confint(hits, n, 0.05, method="beta")
        found = share_interval(hits, n)
        assert (found.low, found.high) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("n", [5, 40, 1000])
def test_wilson_agrees_with_statsmodels(n: int) -> None:
    for hits in {0, 1, n // 3, n - 1, n}:
        expected = proportion_confint(hits, n, 0.05, method="wilson")
        assert wilson_of_figures(hits, n) == pytest.approx(expected, rel=1e-12, abs=1e-15)
        assert _wilson(hits / n, n) == pytest.approx(expected, rel=Z_DIGITS, abs=1e-15)


@pytest.mark.parametrize("counts", [(56, 70, 48, 80), (9, 10, 3, 10), (0, 12, 5, 30), (7, 7, 0, 9), (10, 10, 0, 20)])
def test_newcombe_agrees_with_statsmodels(counts: tuple[int, int, int, int]) -> None:
    expected = confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=0.05)
    found = newcombe(*counts)
    assert (found.low, found.high) == pytest.approx(expected, rel=Z_DIGITS, abs=1e-15)


@pytest.mark.parametrize("m", [1, 2, 5, 40])
def test_holm_agrees_with_statsmodels(m: int) -> None:
    rng = np.random.default_rng(m)
    for p in (rng.random(m), rng.random(m) ** 4, np.round(rng.random(m), 1), np.zeros(m), np.ones(m)):
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("splits", "share", "level"), [(5, 0.25, 0.95), (50, 0.25, 0.95), (10, 0.11, 0.99)])
def test_the_corrected_resampled_t_is_its_closed_form(splits: int, share: float, level: float) -> None:
    """Nadeau and Bengio: t = mean / sqrt((1 / J + n_test / n_train) s^2) with J - 1 degrees of freedom."""
    folds = np.random.default_rng(splits).normal(0.03, 0.05, splits)
    mean = sum(folds) / splits
    variance = sum((x - mean) ** 2 for x in folds) / (splits - 1)
    error = ((1 / splits + share) * variance) ** 0.5
    seen = infer(Sampled(mean, folds, np.empty(0)), share, level=level)
    t = stats.t(splits - 1)
    half = t.isf((1 - level) / 2) * error
    assert (seen.low, seen.high) == pytest.approx((mean - half, mean + half), rel=1e-12)
    assert seen.p == pytest.approx(2 * t.sf(mean / error), rel=1e-12)


def test_the_bootstrap_weights_have_the_moments_of_the_bootstrap() -> None:
    """Multinomial: each weight has mean 1 and variance 1 - 1 / n, two weights the covariance -1 / n. The standard error
    of a mean is then sqrt(sum (x - mean)^2) / n."""
    n, draws = 20, 200_000
    counts = weights(n, np.random.default_rng(0), draws)
    assert (counts.sum(axis=1) == n).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(n), abs=4.5 / draws**0.5)
    expected = np.eye(n) - 1 / n
    assert np.cov(counts.T) == pytest.approx(expected, abs=6 * (2 / draws) ** 0.5)
    x = np.random.default_rng(1).exponential(size=n)
    closed = np.sqrt(np.sum((x - x.mean()) ** 2)) / n
    assert (counts @ x / n).std() == pytest.approx(closed, rel=0.01)
    seen = infer(Sampled(x.mean(), np.empty(0), counts @ x / n - x.mean()), 0.0)
    assert seen.p == pytest.approx(2 * stats.norm.sf(x.mean() / closed), rel=0.1)


class MeanOfSynthetic(Metric):
    """The mean of the synthetic rows, whose jackknife is known."""

    card = MetricCard(
        name="mean_of_synthetic",
        title="t",
        family="fidelity",
        question="q",
        better="lower",
        bounds=(-np.inf, np.inf),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return float(comparison.synthetic.matrix[:, 0].mean())


def test_the_jackknife_of_a_mean_is_student_s_interval() -> None:
    """As many rows as groups: to leave out a group is to leave out a row, and the jackknife error is s / sqrt(n)."""
    n = JACKKNIFE_GROUPS
    x = np.random.default_rng(0).gamma(2, size=(3, n, 1))
    found = MeanOfSynthetic().measure(numbers(*x), rng=0)
    made = x[2, :, 0]
    expected = stats.t.interval(0.95, n - 1, made.mean(), made.std(ddof=1) / n**0.5)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("metric", "n", "comparisons"), [("brier", 80, 1), ("log_loss", 300, 6)])
def test_the_detectable_effect_on_one_test_set_is_that_of_statsmodels(metric: str, n: int, comparisons: int) -> None:
    """A paired difference of two losses correlated by rho has the SD sd * sqrt(2 (1 - rho))."""
    spread = LOSS_SD[metric] * (2 * (1 - CORRELATION)) ** 0.5
    size = NormalIndPower().solve_power(nobs1=n, alpha=0.05 / comparisons, power=0.8, ratio=0)
    found = minimum_detectable_effect(metric, n, n // 4, alpha=0.05, comparisons=comparisons, scheme=Scheme())
    assert found == pytest.approx(size * spread, rel=1e-5)  # the far tail, which power counts too, is 1e-6
