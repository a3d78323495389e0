"""Impossible records are counted, beside those that patients have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from comparisons import numbers, real_thirds
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.schema import Rule, Schema
from fewfold.metrics.base import Comparison, metric


def with_rules(comparison: Comparison, *rules: Rule) -> Comparison:
    schema = Schema(variables=comparison.train.schema.variables, rules=rules)
    parts = [replace(c, schema=schema) for c in (comparison.train, comparison.holdout, comparison.synthetic)]
    return Comparison(*parts)


def test_counts_rows_once_whatever_they_break() -> None:
    comparison = real_thirds(60)
    ages = comparison.synthetic.table["age"].to_numpy().copy()
    ages[:6] = -1.5  # below the limit, and not whole
    ages[6:9] = 40.5
    bilirubin = comparison.synthetic.table["bilirubin"].to_numpy().copy()
    bilirubin[8:12] = -0.1
    made = comparison.synthetic.with_column("age", ages).with_column("bilirubin", bilirubin)
    found = metric("rule_violations").measure(Comparison(comparison.train, comparison.holdout, made), rng=0)
    expected = binomtest(12, 60).proportion_ci(method="exact")
    assert (found.value, found.low, found.high) == pytest.approx((12 / 60, expected.low, expected.high))
    counts = {"age: at least 0": 6, "age: whole number": 9, "bilirubin: at least 0": 4}
    assert found.details == pytest.approx({"real": 0.0, **{f"rule: {name}": k / 60 for name, k in counts.items()}})
    assert found.null is not None
    assert (found.null.low, found.null.high) == (0, 0)


def test_none_in_fifty_is_not_zero() -> None:
    found = metric("rule_violations").measure(real_thirds(50), rng=0)
    assert found.value == 0
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 50))


def test_a_rule_that_patients_break_shows_in_the_null() -> None:
    found = metric("rule_violations").measure(with_rules(real_thirds(60), Rule(name="old", require="age >= 50")), rng=0)
    assert found.details["real"] == pytest.approx(0.5, abs=0.15)
    assert found.null is not None
    assert found.null.low > 0.3


def test_soft_rules_do_not_count() -> None:
    comparison = with_rules(real_thirds(60), Rule(name="old", require="age >= 50", severity="soft"))
    assert metric("rule_violations").value(comparison, rng=0) == 0


def test_a_bad_rule_is_named() -> None:
    with pytest.raises(BadInput, match="typo"):
        metric("rule_violations").value(with_rules(real_thirds(60), Rule(name="typo", require="agee > 1")), rng=0)


def test_nothing_to_check() -> None:
    with pytest.raises(NotApplicable):
        metric("rule_violations").value(numbers(*np.random.default_rng(0).normal(size=(3, 20, 2))), rng=0)
