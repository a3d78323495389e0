"""What rules mended is told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from cohorts import make_cohort
from comparisons import real_thirds
from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import Provenance, Record
from fewfold.data.rules import violations
from fewfold.data.schema import Rule, Schema
from fewfold.methods.base import method
from fewfold.metrics.base import Comparison, metric
from fewfold.study.study import Study
from study.small import SMALL

LOW = Rule(name="low", require="bilirubin < 1.6 or age >= 50")


def ruled(n: int, rule: Rule = LOW) -> Cohort:
    """Patients who keep the rule."""
    cohort = make_cohort(3 * n)
    schema = Schema(variables=cohort.schema.variables, rules=(rule,))
    real = Cohort.real(cohort.table, schema)
    kept = np.flatnonzero(~violations(real).any(axis=1).to_numpy())
    return Cohort.real(real.table.iloc[kept[:n]], schema)


def test_the_share_is_that_of_the_rows_first_drawn() -> None:
    cohort = ruled(90)
    train, holdout = cohort.take(np.arange(45)).as_part("train"), cohort.take(np.arange(45, 90)).as_part("holdout")
    fitted = method("gaussian_copula").fit(train, rng=0)
    free, kept = (fitted.sample(200, rng=1, rules=rules) for rules in ("ignore", "reject"))
    broken = int(violations(free).any(axis=1).sum())
    assert broken > 5
    found = metric("violations_before_repair").measure(Comparison(train, holdout, kept), rng=0)
    expected = binomtest(broken, 200).proportion_ci(method="exact")
    assert (found.value, found.low, found.high) == pytest.approx((broken / 200, expected.low, expected.high))
    assert found.details["rule: low"] == pytest.approx(broken / 200, abs=0.1)
    assert found.details["drawn for each row"] > 1
    assert found.null is not None
    assert found.null.high == 0
    assert metric("rule_violations").value(Comparison(train, holdout, kept), rng=0) == 0  # what is given looks clean


def test_rows_that_no_rule_steered_have_no_share() -> None:
    seen = real_thirds(60)
    unsteered = Cohort(seen.synthetic.table, seen.synthetic.schema, Provenance.synthetic(60, Record("file", "0")))
    with pytest.raises(NotApplicable, match="no rule steered"):
        metric("violations_before_repair").value(Comparison(seen.train, seen.holdout, unsteered), rng=0)


def test_a_study_says_what_rejection_hides() -> None:
    chosen = {**SMALL, "methods": [{"method": "gaussian_copula", "params": {"rules": "reject"}}], "ratios": [1]}
    metrics = ["rule_violations", "violations_before_repair"]
    result = Study(ruled(90), **{**chosen, "learners": ["logistic"], "metrics": metrics}).run()
    by_name = {row.name: row for row in result.metrics if row.name in metrics and row.method == "gaussian_copula"}
    assert by_name["rule_violations"].value == 0
    assert by_name["violations_before_repair"].value > 0.03
    assert by_name["violations_before_repair"].details["rule: low"] > 0
    assert [f.code for f in result.findings if f.code in ("FF401", "FF407")] == ["FF407"]
