"""Planted rules are found, and nothing is found where nothing is."""

from __future__ import annotations

import tomllib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from conftest import make_cohort
from fewfold.core.errors import Leakage
from fewfold.data.cohort import Cohort
from fewfold.data.rules import judge
from fewfold.data.rules.discover import LEAST, covered, discover, discovered_lines, range_rules
from fewfold.data.schema import Schema, Variable
from fewfold.data.schema_toml import dump_variables, parse_variables


def planted(n: int, seed: int = 0) -> Cohort:
    rng = np.random.default_rng(seed)
    onset = rng.integers(0, 3000, n)
    neutrophils, lymphocytes = np.round(rng.uniform(30, 70, n), 1), np.round(rng.uniform(10, 30, n), 1)
    weight, height = np.round(rng.uniform(40, 110, n), 1), np.round(rng.uniform(1.4, 2.0, n), 2)
    sex, genotype = rng.choice(["f", "m"], n), rng.choice(["aa", "ab", "bb"], n)
    table = pd.DataFrame(
        {
            "onset": pd.to_datetime(onset, unit="D"),
            "diagnosis": pd.to_datetime(onset + rng.integers(0, 900, n), unit="D"),
            "neutrophils": neutrophils,
            "lymphocytes": lymphocytes,
            "rest": np.round(100 - neutrophils - lymphocytes, 1),
            "weight": weight,
            "height": height,
            "body mass": np.round(weight / height**2, 1),
            "noise": rng.normal(size=n),
            "sex": pd.Categorical(sex),
            "carrier": pd.Categorical(np.where(genotype == "aa", "no", "yes")),
            "genotype": pd.Categorical(genotype),
            "births": np.where(sex == "m", np.nan, rng.poisson(2, n)),
        }
    )
    kinds = {"onset": "datetime", "diagnosis": "datetime", "sex": "boolean", "carrier": "boolean"}
    variables = tuple(
        Variable(
            name=name,
            kind=kinds.get(name, "categorical" if name == "genotype" else "numeric"),  # type: ignore[arg-type]
            levels=tuple(table[name].cat.categories) if name in ("sex", "carrier", "genotype") else None,
        )
        for name in table
    )
    return Cohort.real(
        table.astype({"onset": "datetime64[ns]", "diagnosis": "datetime64[ns]"}), Schema(variables=variables)
    )


def test_planted_rules_are_found() -> None:
    found = {one.rule.require: one for one in discover(planted(120))}
    assert "onset <= diagnosis" in found
    assert "if sex == 'm' then missing(births)" in found
    fixed = "(genotype == 'aa' and carrier == 'no') or (genotype == 'ab' and carrier == 'yes') or "
    assert f"{fixed}(genotype == 'bb' and carrier == 'yes')" in found
    assert "if carrier == 'no' then genotype == 'aa'" in found
    assert "rest == - neutrophils - lymphocytes + 100" in found
    assert [text for text in found if "`body mass` / (weight / height / height)" in text]
    assert not [text for text in found if "noise" in text]
    assert len(found) == 6
    for one in found.values():
        assert not judge(one.rule, planted(500, seed=1)).broken.any()
        assert one.chance <= 0.01
        assert one.upper == pytest.approx(beta.ppf(0.95, 1, one.patients))


def test_support_counts_those_of_whom_the_rule_speaks() -> None:
    cohort = planted(120)
    births = next(one for one in discover(cohort) if "births" in one.rule.require)
    assert births.patients == (cohort.table["sex"] == "m").sum()


def test_one_patient_who_breaks_a_rule_is_enough() -> None:
    cohort = planted(120)
    table = cohort.table.copy()
    table.loc[7, "diagnosis"] = table.loc[7, "onset"] - pd.Timedelta(days=1)
    table.loc[cohort.table["sex"].eq("m").idxmax(), "births"] = 1.0
    left = {one.rule.require for one in discover(Cohort.real(table, cohort.schema))}
    assert not left & {"onset <= diagnosis", "if sex == 'm' then missing(births)"}


def test_too_few_patients_show_nothing() -> None:
    assert discover(planted(LEAST - 1)) == []
    assert 1 - 0.05 ** (1 / LEAST) < 0.1 < 1 - 0.05 ** (1 / (LEAST - 1))
    rows = planted(30)
    one = Variable(name="id", kind="integer", role="subject")
    repeated = rows.table.assign(id=np.arange(30) // 2)
    assert discover(Cohort.real(repeated, Schema(variables=(*rows.schema.variables, one)))) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(29, 150))
def test_shuffled_columns_show_nothing(seed: int, n: int) -> None:
    """25 tables with about 200 candidates each; 0.01 a kind expected, so one is found with probability 0.6 at the most
    in theory and hardly ever in truth, for the bound is a bound."""
    rng, cohort = np.random.default_rng(seed), planted(n, seed)
    table = cohort.table.apply(lambda column: column.iloc[rng.permutation(n)].to_numpy()).astype(cohort.table.dtypes)
    assert len(discover(Cohort.real(table, cohort.schema))) <= 1


def test_training_patients_only() -> None:
    with pytest.raises(Leakage, match="training"):
        discover(make_cohort(90).as_part("holdout"))


def test_what_is_found_does_not_act_before_it_is_accepted() -> None:
    cohort = planted(120)
    found = discover(cohort)
    text = dump_variables(cohort.schema) + "\n".join(discovered_lines(found))
    assert parse_variables(tomllib.loads(text)).rules == ()
    accepted = "\n".join(
        line.removeprefix("# ") if line.startswith(("# [[", "# name", "# require", "# tol", "# source")) else line
        for line in text.splitlines()
    )
    rules = parse_variables(tomllib.loads(accepted)).rules
    assert [rule.name for rule in rules] == [one.rule.name for one in found]


def test_accepted_rules_are_not_proposed_again() -> None:
    cohort = planted(120)
    rules = tuple(one.rule for one in discover(cohort))
    schema = Schema(variables=cohort.schema.variables, rules=rules)
    assert discover(Cohort.real(cohort.table, schema)) == []


@pytest.mark.parametrize("n", [29, 93, 400])
def test_the_range_covers_what_order_statistics_say(n: int) -> None:
    """The coverage of the sample range has the distribution Beta(n - 1, 2)."""
    assert covered(n) == pytest.approx(beta.ppf(0.05, n - 1, 2), abs=1e-9)


def test_ranges_as_soft_rules() -> None:
    cohort = planted(93)
    rules = range_rules(cohort)
    assert {rule.name for rule in rules} >= {"weight in the range seen", "body mass in the range seen"}
    for rule in rules:
        assert judge(rule, cohort).rate == 1
        assert rule.severity == "soft"
    assert next(r for r in rules if r.name.startswith("weight")).rate == (0.95, 1.0)
