"""From planted predictions to the verdict: what miscalibration costs decides whether it is a harm."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from fewfold.core.types import Floats
from fewfold.study.calibration import counted_in, outweighed
from fewfold.study.contrasts import contrasts, guarded, score_all
from fewfold.study.outcomes import Predicted
from fewfold.study.result import Contrast
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.verdict import Evidence, verdicts

N, REPEATS, FOLDS, STUDIES = 200, 4, 5, 10
SETTINGS = Settings(
    methods=(ArmSpec(method="gaussian_copula"),), controls=("none",), ratios=(1.0,), learners=("logistic",)
).for_task("binary")


def planted(auroc: float, scale: float, seed: int) -> Predicted:
    """No augmentation, calibrated at an AUROC of 0.65; a method at ``auroc`` with log-odds ``scale`` times what they
    should be: its calibration slope is about 1 / ``scale``."""
    rng, y = np.random.default_rng(seed), np.resize([0.0, 1.0], N)

    def arm(area: float, times: float) -> Floats:
        apart = np.sqrt(2) * norm.ppf(area)
        return expit(times * apart * (apart * (y - 0.5) + rng.normal(size=N) + 0.3 * rng.normal(size=(REPEATS, N))))

    arms = {("none", 0.0): {"logistic": arm(0.65, 1)}, ("gaussian_copula", 1.0): {"logistic": arm(auroc, scale)}}
    folds = np.stack([rng.permutation(N) % FOLDS for _ in range(REPEATS)])
    return Predicted("binary", 2, y, np.arange(N), folds, arms, {}, seed)


def judged(auroc: float, scale: float) -> list[tuple[str, list[str]]]:
    out = []
    for seed in range(STUDIES):
        rows = contrasts(score_all(planted(auroc, scale, seed)), SETTINGS)
        verdict = verdicts(Evidence(SETTINGS, "binary", rows, [], {}))[0][0]
        out.append((verdict.verdict, verdict.findings))
    return out


def test_a_gain_that_is_too_cautious_helps_and_is_to_be_recalibrated() -> None:
    """A slope of 3 lies further from 1 than that of a model that knows nothing."""
    seen = judged(0.95, 1 / 3)
    assert sum(verdict == "helps" for verdict, _ in seen) >= 0.8 * STUDIES
    assert all("FF212" in codes for _, codes in seen)


def test_a_better_ranking_that_is_too_bold_harms() -> None:
    seen = judged(0.85, 8)
    assert sum(verdict == "harms" and "FF203" in codes for verdict, codes in seen) >= 0.8 * STUDIES
    assert not any(verdict == "helps" or "FF212" in codes for verdict, codes in seen)


def test_a_calibrated_gain_helps_without_a_word() -> None:
    seen = judged(0.95, 1)
    assert sum(verdict == "helps" for verdict, _ in seen) >= 0.8 * STUDIES
    assert not any({"FF203", "FF205", "FF212"} & set(codes) for _, codes in seen)


def test_equal_ranking_with_shifted_scale_is_no_gain() -> None:
    assert not any(verdict == "helps" for verdict, _ in judged(0.65, 1 / 3))


def test_the_log_loss_is_compared_and_adjusts_nothing() -> None:
    """It weighs calibration and guards nothing: Holm's family is that of the guarded scores."""
    rows = contrasts(score_all(planted(0.85, 1, 0)), SETTINGS)
    adjusted = {row.metric for row in rows if row.learner == "all" and row.p_holm is not None}
    assert adjusted == set(guarded(SETTINGS, "binary"))
    assert "log_loss" in {row.metric for row in rows}


@pytest.mark.parametrize(("task", "score"), [("binary", "log_loss"), ("multiclass", "log_loss"), ("continuous", "r2")])
def test_only_a_gain_in_the_score_that_counts_it_outweighs(task: str, score: str) -> None:
    def row(metric: str, estimate: float, low: float) -> Contrast:
        return Contrast(method="m", ratio=1, against="none", metric=metric, learner="all", estimate=estimate, low=low,
                        high=1, p=0.1)  # fmt: skip

    assert counted_in(task) == score
    perhaps, sure = [row(score, 0.1, -0.1)], [row(score, 0.1, 0.05)]
    assert outweighed("calibration_slope", perhaps, task, shown=False) == perhaps[0]
    assert outweighed("calibration_slope", perhaps, task, shown=True) is None
    assert outweighed("calibration_slope", sure, task, shown=True) == sure[0]
    assert outweighed("calibration_intercept", [row(score, -0.1, -0.2)], task, shown=False) is None
    assert outweighed("calibration_slope", [row("brier", 0.1, 0.05)], task, shown=False) is None
    assert outweighed("brier", sure, task, shown=False) is None
