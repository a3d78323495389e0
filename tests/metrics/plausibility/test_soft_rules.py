"""The rate of unusual records, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.core.errors import NotApplicable
from fewfold.metrics.plausibility.rule_violations import RuleViolations
from fewfold.metrics.plausibility.soft_rules import SoftRules


def comparison(rules: tuple[ff.Rule, ...]) -> ff.Comparison:
    cohort = make_cohort(90)
    ruled = ff.Cohort.real(cohort.table, cohort.schema.model_copy(update={"rules": rules}))
    train, holdout = ruled.take(np.arange(45)), ruled.take(np.arange(45, 90))
    return ff.Comparison(train, holdout, ff.method("gaussian_copula").fit(train, rng=0).sample(60, rng=1))


def test_the_share_is_counted_and_has_an_interval_and_a_null():
    judged = comparison((ff.Rule(name="young", require="age < 55", severity="soft"),))
    seen = SoftRules().measure(judged, rng=0)
    assert seen.value == pytest.approx(np.mean(judged.synthetic.table["age"] >= 55))
    assert seen.low < seen.value < seen.high
    assert seen.null.low <= np.mean(judged.train.table["age"] >= 55) <= seen.null.high


def test_hard_rules_are_not_counted_and_soft_ones_are_not_hard():
    hard = comparison((ff.Rule(name="young", require="age < 55"),))
    with pytest.raises(NotApplicable, match="no soft rule"):
        SoftRules().value(hard, rng=0)
    soft = comparison((ff.Rule(name="young", require="age < 55", severity="soft"),))
    assert RuleViolations().value(soft, rng=0) == 0
    assert RuleViolations().value(hard, rng=0) > 0.1
