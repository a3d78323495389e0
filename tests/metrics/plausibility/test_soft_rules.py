"""Rates against their reference, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from comparisons import as_synthetic, real_thirds
from conftest import make_cohort
from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Rule, Schema, Variable
from fewfold.metrics.base import Comparison, metric

YOUNG = Rule(name="young", require="age < 55", severity="soft")


def ruled(*rules: Rule, comparison: Comparison | None = None) -> Comparison:
    given = comparison or real_thirds(60)
    schema = Schema(variables=given.train.schema.variables, rules=rules)
    return Comparison(*(replace(c, schema=schema) for c in (given.train, given.holdout, given.synthetic)))


def test_a_rate_outside_its_reference_and_its_exact_interval() -> None:
    comparison = ruled(YOUNG.model_copy(update={"rate": (0.9, 1.0)}))
    young = comparison.synthetic.table["age"] < 55
    found = metric("soft_rules").measure(comparison, rng=0)
    share = binomtest(int(young.sum()), 60).proportion_ci(method="exact")
    assert found.value == pytest.approx(0.9 - young.mean())
    assert (found.low, found.high) == pytest.approx((0.9 - share.high, 0.9 - share.low))
    real = pd.concat([comparison.train.table, comparison.holdout.table])["age"] < 55
    assert found.details == pytest.approx({"young: synthetic": young.mean(), "young: real": real.mean()})
    assert found.null is not None
    assert found.null.low > 0.05  # real rows lie outside too


def test_inside_the_reference_is_zero_with_room_for_doubt() -> None:
    found = metric("soft_rules").measure(ruled(YOUNG.model_copy(update={"rate": (0.5, 0.75)})), rng=0)
    assert found.value == found.low == 0
    assert 0 < found.high < 0.15


def test_without_a_reference_the_holdout_is_it() -> None:
    comparison = ruled(YOUNG)
    shares = [(c.table["age"] < 55).mean() for c in (comparison.synthetic, comparison.holdout)]
    assert metric("soft_rules").value(comparison, rng=0) == pytest.approx(abs(shares[0] - shares[1]))


def test_the_rule_that_is_furthest_out_counts() -> None:
    rules = [Rule(name=f"r{k}", require="age < 55", severity="soft", rate=(k / 10, 1)) for k in (1, 9, 5)]
    alone = metric("soft_rules").value(ruled(rules[1]), rng=0)
    assert metric("soft_rules").value(ruled(*rules), rng=0) == alone > 0


def test_planted_rates_leave_the_null() -> None:
    comparison = ruled(YOUNG)
    assert comparison.train.schema.rules == (YOUNG,)
    older = comparison.synthetic.with_column("age", comparison.synthetic.table["age"] + 15)
    null = metric("soft_rules").null_values(comparison, 40, rng=np.random.default_rng(0))
    assert metric("soft_rules").value(replace(comparison, synthetic=older), rng=0) > null.max()
    assert metric("soft_rules").value(comparison, rng=0) <= null.max()


def test_hard_rules_are_not_counted_and_soft_ones_are_not_hard() -> None:
    hard = Rule(name="young", require="age < 55")
    with pytest.raises(NotApplicable, match="no soft rule"):
        metric("soft_rules").value(ruled(hard), rng=0)
    assert metric("rule_violations").value(ruled(YOUNG), rng=0) == 0
    assert metric("rule_violations").value(ruled(hard), rng=0) > 0.1


def visits(shift: float, seed: int) -> Cohort:
    """40 patients with four visits; a score that falls by one between visits, in ``shift`` of the patients not."""
    rng = np.random.default_rng(seed)
    patient, visit = np.repeat(np.arange(40), 4), np.tile(np.arange(4.0), 40)
    falls = np.repeat(rng.random(40) >= shift, 4)
    table = pd.DataFrame({"id": patient, "month": visit * 6, "score": 40 - visit * falls})
    variables = (
        Variable(name="id", kind="integer", role="subject"),
        Variable(name="month", kind="numeric", role="visit_time"),
        Variable(name="score", kind="numeric"),
    )
    rule = Rule(name="falls", require="score < previous(score)", severity="soft", rate=(0.7, 0.9))
    return Cohort.real(table, Schema(variables=variables, rules=(rule,)))


def test_a_course_is_a_rate_over_visits_and_counts_patients() -> None:
    real, flat = visits(0.2, 0), visits(0.9, 1)
    synthetic = Cohort(flat.table, flat.schema, as_synthetic(flat).provenance)
    train, holdout = real.take(np.arange(80)).as_part("train"), real.take(np.arange(80, 160)).as_part("holdout")
    found = metric("soft_rules").measure(Comparison(train, holdout, synthetic), rng=0)
    share = found.details["falls: synthetic"]
    assert found.value == pytest.approx(0.7 - share) and share < 0.3
    limits = binomtest(round(share * 40), 40).proportion_ci(method="exact")  # 40 patients, not 120 steps
    assert found.low == pytest.approx(0.7 - limits.high)
    with pytest.raises(NotApplicable, match="no patients with visits"):
        metric("soft_rules").value(Comparison(train, holdout, as_synthetic(flat)), rng=0)


def test_the_share_is_in_the_catalogue_of_findings() -> None:
    assert metric("soft_rules").card.finding == "FF403"
    assert make_cohort().schema.rules[0].severity == "soft"
