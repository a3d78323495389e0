"""Each verdict, and each finding that leads to one, from evidence in which it is planted."""

from __future__ import annotations

from typing import Any

import pytest

from fewfold.study.contrasts import benefit
from fewfold.study.findings import KINDS
from fewfold.study.result import Contrast, MetricRow, Range
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.verdict import Evidence, verdicts

SETTINGS = Settings(methods=(ArmSpec(method="gaussian_copula"),), ratios=(1.0,)).for_task("binary")


def contrast(against: str, estimate: float, p: float, **more: Any) -> Contrast:
    half = 0.01
    row = {
        "method": "gaussian_copula",
        "ratio": 1.0,
        "against": against,
        "metric": "auroc",
        "learner": "all",
        "estimate": estimate,
        "low": estimate - half,
        "high": estimate + half,
        "p": p,
        "p_holm": p if against == "none" else None,
    }
    return Contrast.model_validate({**row, **more})


def judge(*rows: Contrast, validity: tuple[MetricRow, ...] = (), method: str = "gaussian_copula", **more: Any):
    compared = {"none", *(row.against for row in rows)}  # unless more controls are named, those that there are rows of
    controls = more.get("controls") or tuple(c for c in SETTINGS.controls if c.name in compared)
    arms = {"methods": (ArmSpec(method=method, label="gaussian_copula"),), "controls": controls}
    settings = SETTINGS.model_copy(update=arms)
    evidence = Evidence(settings, "binary", list(rows), list(validity), more.get("absent", {}))
    given, found = verdicts(evidence)
    return given[0], {f.code for f in found}


def measured(name: str, value: float, low: float, high: float, family: str = "fidelity") -> MetricRow:
    null = Range(low=low, high=high)
    return MetricRow(
        name=name,
        family=family,
        method="gaussian_copula",
        ratio=1.0,
        value=value,
        low=value,
        high=value,
        n=50,
        null=null,
        outside=not low <= value <= high,
    )


GUARDS = tuple(
    contrast("none", 0.0, 1.0, metric=name)
    for name in ("brier", "calibration_slope", "calibration_intercept", "net_benefit")
)
GAIN = (contrast("none", 0.05, 0.001), contrast("duplication", 0.04, 0.002), *GUARDS)


def test_helps_means_better_than_every_control():
    verdict, codes = judge(*GAIN)
    assert verdict.verdict == "helps"
    assert verdict.primary.against == "duplication", "the control that is hardest to beat is the one quoted"
    assert "FF201" in codes
    assert set(verdict.findings) <= codes


@pytest.mark.parametrize(
    "spoiler",
    [
        contrast("noise_jitter", 0.03, 0.2),  # one control is not beaten
        contrast("noise_jitter", -0.03, 0.001),  # one control is better: its small p must not count as a gain
        contrast("noise_jitter", 0.01, 0.001),  # the gain over one control is below the smallest effect
    ],
)
def test_one_control_that_is_not_beaten_is_enough(spoiler):
    verdict, codes = judge(*GAIN, spoiler)
    assert verdict.verdict == "no_evidence"
    assert "FF201" not in codes


def test_a_control_that_refused_has_not_been_beaten():
    none, duplication, jitter = (c for c in SETTINGS.controls if c.name != "class_weights")
    verdict, codes = judge(*GAIN, controls=(none, duplication))
    assert verdict.verdict == "helps"
    assert "FF211" not in codes
    absent = {"noise_jitter": "one class has 3 rows"}
    verdict, codes = judge(*GAIN, controls=(none, duplication, jitter), absent=absent)
    assert verdict.verdict == "no_evidence"
    assert "FF211" in codes
    assert "FF211" in verdict.findings
    assert "one class has 3 rows" in verdict.reason


def test_a_control_without_a_finite_difference_has_not_been_beaten():
    by_learner = contrast("noise_jitter", 0.05, 0.001, learner="logistic")  # finite in one learner, not in the mean
    verdict, codes = judge(*GAIN, by_learner)
    assert verdict.verdict == "no_evidence"
    assert "FF211" in codes
    assert "no finite value" in verdict.reason
    assert verdict.primary.p == 1


def test_a_missing_control_hides_no_harm():
    verdict, _ = judge(contrast("none", -0.05, 0.001), controls=SETTINGS.controls)
    assert verdict.verdict == "harms"


def test_a_missing_control_counts_in_the_adjustment_of_the_other_ratios():
    """Had it a small p, the other ratio would be adjusted for one comparison instead of two."""
    settings = SETTINGS.model_copy(update={"ratios": (1.0, 2.0), "controls": SETTINGS.controls[::2]})
    rows = [
        contrast(against, 0.05, p, ratio=r)
        for r, against, p in ((1.0, "none", 0.001), (2.0, "none", 0.03), (2.0, "duplication", 0.03))
    ]
    given, _ = verdicts(Evidence(settings, "binary", rows, [], {}))
    assert given[1].primary.p == pytest.approx(0.06)


def test_a_control_that_is_missing_on_noise_does_not_quiet_the_alarm():
    rows, key = list(GAIN), ("gaussian_copula", 1.0)
    assert benefit(rows, SETTINGS)[key].p_holm == 1
    assert benefit(rows, SETTINGS, every_control=False)[key].p_holm == pytest.approx(0.002)


def test_no_better_than_a_control_is_said():
    _, codes = judge(contrast("none", 0.05, 0.001), contrast("duplication", 0.001, 0.9))
    assert "FF204" in codes


def test_holm_over_ratios_takes_a_marginal_gain_away():
    settings = SETTINGS.model_copy(update={"ratios": (1.0, 2.0, 5.0), "controls": SETTINGS.controls[:1]})
    rows = [contrast("none", e, p, ratio=r) for r, e, p in ((1.0, 0.05, 0.03), (2.0, 0.01, 0.8), (5.0, 0.01, 0.9))]
    given, _ = verdicts(Evidence(settings, "binary", rows, [], {}))
    assert given[0].verdict == "no_evidence"
    assert given[0].primary.p == pytest.approx(0.09)


def test_harm_to_the_primary_score():
    verdict, codes = judge(contrast("none", -0.05, 0.001))
    assert verdict.verdict == "harms"
    assert "FF202" in codes


@pytest.mark.parametrize(
    ("metric", "loss"),
    [("brier", 0.01), ("calibration_slope", 0.3), ("calibration_intercept", 0.3), ("net_benefit", 0.02)],
)
def test_harm_to_calibration_and_its_kin(metric, loss):
    verdict, codes = judge(contrast("none", 0.0, 1.0), contrast("none", -loss, 0.001, metric=metric))
    assert verdict.verdict == "harms"
    assert "FF203" in codes
    small, codes = judge(contrast("none", 0.0, 1.0), contrast("none", -loss / 20, 0.001, metric=metric))
    assert small.verdict == "no_evidence"
    assert "FF203" not in codes


def test_a_gain_with_a_cost_is_no_help():
    verdict, codes = judge(*GAIN[:2], *GUARDS[1:], contrast("none", -0.02, 0.2, metric="brier"))
    assert verdict.verdict == "no_evidence"
    assert "FF205" in codes


def test_a_cost_within_its_interval_is_no_cost():
    noisy = contrast("none", -0.2, 0.5, metric="calibration_slope", low=-0.5, high=0.1)
    verdict, codes = judge(*GAIN[:2], GUARDS[0], *GUARDS[2:], noisy)
    assert verdict.verdict == "helps"
    assert "FF205" not in codes


def test_a_guard_that_cannot_be_read_is_no_clean_bill():
    verdict, codes = judge(*GAIN[:3])
    assert verdict.verdict == "no_evidence"
    assert "FF207" in codes
    assert "Calibration slope" in verdict.reason


SLOPE = contrast("none", -0.3, 0.001, metric="calibration_slope", low=-0.5, high=-0.1)
SEPARATED = (*GAIN[:3], *GAIN[4:])  # no slope can be read
BETTER, PERHAPS, WORSE = (
    contrast("none", estimate, 0.01, metric="log_loss", low=low, high=estimate + 0.1, p_holm=None)
    for estimate, low in ((0.2, 0.1), (0.05, -0.05), (-0.05, -0.15))
)


@pytest.mark.parametrize(("whole", "verdict"), [(BETTER, "helps"), (PERHAPS, "no_evidence"), (WORSE, "harms")])
def test_a_loss_of_calibration_is_weighed_by_the_log_loss(whole, verdict):
    """The log-loss counts what a slope costs. A harm is not shown where it is better; no harm is shown where its whole
    interval is."""
    seen, codes = judge(*SEPARATED, SLOPE, whole)
    assert seen.verdict == verdict
    assert ("FF203" in codes) == (verdict == "harms")
    assert ("FF205" in codes) == (verdict == "no_evidence")
    assert ("FF212" in codes) == (verdict != "harms"), "it is told that predictions want recalibration"


def test_a_better_log_loss_excuses_nothing_but_calibration():
    worse = contrast("none", -0.02, 0.001, metric="brier", low=-0.03, high=-0.01)
    assert judge(*GAIN[:2], *GUARDS[1:], worse, BETTER)[0].verdict == "harms"
    mild = contrast("none", -0.02, 0.2, metric="net_benefit", low=-0.03, high=-0.001)
    assert judge(*GAIN[:2], *GUARDS[:3], mild, BETTER)[0].verdict == "no_evidence"


@pytest.mark.parametrize(("whole", "verdict"), [(BETTER, "helps"), (PERHAPS, "no_evidence")])
def test_predictions_that_separate_the_classes_need_no_slope(whole, verdict):
    seen, codes = judge(*SEPARATED, whole)
    assert seen.verdict == verdict
    assert ("FF207" in codes) == (verdict != "helps")


def test_the_slope_of_a_continuous_target_is_weighed_by_r2():
    settings = Settings(methods=(ArmSpec(method="gaussian_copula"),), ratios=(1.0,)).for_task("continuous")
    settings = settings.model_copy(update={"controls": settings.controls[:1]})
    slope = contrast("none", -0.3, 0.001, metric="linear_slope", low=-0.5, high=-0.1)
    for gain, verdict in ((0.1, "helps"), (-0.001, "harms")):
        rows = [contrast("none", gain, 0.001, metric="r2"), slope]
        assert verdicts(Evidence(settings, "continuous", rows, [], {}))[0][0].verdict == verdict


def test_learners_that_disagree_are_named():
    rows = [contrast("none", e, 0.01, learner=name) for name, e in (("logistic", 0.05), ("boosting", -0.05))]
    _, codes = judge(contrast("none", 0.0, 1.0), *rows)
    assert "FF206" in codes


def test_no_evidence_says_whether_a_gain_is_ruled_out():
    narrow, _ = judge(contrast("none", 0.0, 1.0, low=-0.01, high=0.01))
    wide, _ = judge(contrast("none", 0.0, 1.0, low=-0.1, high=0.1))
    assert "interval rules out" in narrow.reason
    assert "neither shown nor ruled out" in wide.reason


@pytest.mark.parametrize(("name", "code"), [("exact_copies", "FF301"), ("rule_violations", "FF401")])
def test_gates_block_even_a_gain(name, code):
    verdict, codes = judge(*GAIN, validity=(measured(name, 0.2, 0.0, 0.01, "privacy"),))
    assert verdict.verdict == "blocked"
    assert code in codes


def test_copies_do_not_block_what_may_not_be_released_anyway():
    verdict, codes = judge(*GAIN, validity=(measured("exact_copies", 0.2, 0.0, 0.01, "privacy"),), method="smote")
    assert verdict.verdict == "helps"
    assert {"FF301", "FF303"} <= codes


def test_equal_rows_say_nothing_where_patients_equal_each_other():
    verdict, codes = judge(*GAIN, validity=(measured("exact_copies", 0.5, 0.2, 0.3, "privacy"),))
    assert verdict.verdict == "helps"
    assert "FF301" not in codes


@pytest.mark.parametrize(
    ("name", "code", "outside", "inside"),
    [
        ("near_copies", "FF302", 0.5, 0.1),
        ("ks", "FF501", 0.5, 0.1),
        ("tvd", "FF501", 0.5, 0.1),
        ("wasserstein", "FF501", 0.5, 0.1),
        ("association", "FF502", 0.5, 0.1),
        ("c2st", "FF503", 0.5, 0.1),
        ("coverage", "FF504", 0.01, 0.1),
        ("missingness", "FF505", 0.5, 0.1),
    ],
)
def test_a_metric_outside_its_null_is_a_finding(name, code, outside, inside):
    _, codes = judge(*GAIN, validity=(measured(name, outside, 0.05, 0.2),))
    assert code in codes
    _, codes = judge(*GAIN, validity=(measured(name, inside, 0.05, 0.2),))
    assert code not in codes


def test_a_method_that_refused_has_no_verdict_and_no_number():
    verdict, codes = judge(absent={"gaussian_copula": "too few rows"})
    assert verdict.verdict == "not_estimable"
    assert "too few rows" in verdict.reason
    assert verdict.primary.estimate is None
    assert "FF603" in codes


def test_codes_are_unique_and_well_formed():
    assert all(code == kind.code and code.startswith("FF") and len(code) == 5 for code, kind in KINDS.items())
    assert all(kind.detected and kind.matters and kind.do for kind in KINDS.values())
