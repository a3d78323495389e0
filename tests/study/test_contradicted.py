"""Rules that real rows contradict are named before anything runs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

import fewfold as ff
from conftest import make_cohort
from fewfold.data.cohort import Cohort
from fewfold.data.rules import judge, violations
from fewfold.data.rules.packs import apply_pack
from fewfold.data.schema import Rule, Schema, Variable
from fewfold.study.about import about_data


def told(cohort: Cohort, *rules: Rule) -> str:
    ruled = Cohort.real(cohort.table, cohort.schema.model_copy(update={"rules": rules}))
    found = about_data(ruled, SimpleNamespace(minimum_detectable_effect=None), {})  # type: ignore[arg-type]
    return "".join(f.detail for f in found if f.code == "FF402")


def test_hard_rules_are_named_with_their_rows() -> None:
    cohort = make_cohort(90)
    old = int((cohort.table["age"] < 40).sum())
    assert told(cohort, Rule(name="grown", require="age >= 40")) == f"'grown': {old} of 90 rows"
    assert not told(cohort, Rule(name="alive", require="age >= 0"))


def test_soft_rules_are_named_when_their_whole_interval_lies_outside() -> None:
    cohort = make_cohort(90)
    share = (cohort.table["age"] >= 40).mean()
    soft = {"name": "grown", "require": "age >= 40", "severity": "soft"}
    assert told(cohort, Rule(**soft, rate=(0.0, 0.5))).startswith(f"'grown': rate {share:.2f} (")
    assert not told(cohort, Rule(**soft, rate=(0.0, round(share, 2) - 0.02)))  # outside, but it could be chance
    assert not told(cohort, Rule(**soft))


def test_rules_of_packs_are_no_exception() -> None:
    table = pd.DataFrame({"stage": np.resize([1.0, 2.0, 3.0, 7.0], 40)})
    table["ill"] = pd.Categorical(np.resize(["no", "no", "yes"], 40), categories=["no", "yes"])
    ill = Variable(name="ill", kind="boolean", role="target", levels=("no", "yes"))
    schema = Schema(variables=(Variable(name="stage", kind="integer"), ill))
    rules = apply_pack("pbc", schema, {"stage": "stage"}).rules
    assert told(Cohort.real(table, schema), *rules) == "'histologic stages are 1 to 4': 10 of 40 rows"


def test_rules_about_visits_do_not_judge_rows_that_have_none() -> None:
    """Synthetic rows of a method for rows: each is a patient of its own, without a time."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"id": np.repeat(np.arange(40), 3), "day": np.tile([0.0, 90, 180], 40)})
    table["score"] = rng.normal(size=120)
    variables = (
        Variable(name="id", kind="integer", role="subject"),
        Variable(name="day", kind="numeric", role="visit_time"),
        Variable(name="score", kind="numeric"),
    )
    rule = Rule(name="falls", require="score <= previous(score)")
    train = Cohort.real(table, Schema(variables=variables, rules=(rule,))).as_part("train")
    made = ff.method("gaussian_copula").fit(train, rng=0).sample(50, rng=0)
    assert not judge(rule, made).judged.any()
    assert not violations(made).to_numpy().any()
    assert violations(train)["falls"].sum() > 20
