"""Rules are read safely, judged row by row, and refused with their name where they cannot be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import make_cohort
from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.rules import check_rules, judge, violations
from fewfold.data.schema import Rule, Schema, Variable

NAN, NAT = np.nan, pd.NaT


def patients(*rules: Rule) -> Cohort:
    frame = pd.DataFrame(
        {
            "patient": ["p1", "p2", "p3", "p4"],
            "age": [10.0, 40.0, 70.0, NAN],
            "white cells": [1.0, 2.0, 0.0, 4.0],
            "granulocytes": [0.5, 2.5, 0.0, 1.0],
            "severity": pd.Categorical.from_codes([0, 1, 2, -1], ["mild", "moderate", "severe"], ordered=True),
            "stage": pd.Categorical([1, 2, 4, 4], categories=[1, 2, 3, 4], ordered=True),
            "arm": pd.Categorical(["a", "b", "a", "b"], categories=["a", "b"]),
            "switched": pd.Categorical(["b", "b", None, "a"], categories=["b", "a"]),
            "alive": pd.Categorical([True, False, True, None], categories=[False, True]),
            "born": pd.to_datetime(["2000-01-01", "1970-06-01", "1950-01-01", "1990-01-01"]),
            "died": pd.to_datetime(["2001-01-01", "1970-05-31", NAT, "2020-01-01"]),
        }
    )
    variables = (
        Variable(name="patient", kind="categorical", role="subject"),
        Variable(name="age", kind="integer", low=0, high=60),
        Variable(name="white cells", kind="numeric"),
        Variable(name="granulocytes", kind="numeric"),
        Variable(name="severity", kind="ordinal", levels=("mild", "moderate", "severe")),
        Variable(name="stage", kind="ordinal", levels=(1, 2, 3, 4)),
        Variable(name="arm", kind="categorical", levels=("a", "b")),
        Variable(name="switched", kind="categorical", levels=("b", "a")),
        Variable(name="alive", kind="boolean", levels=(False, True)),
        Variable(name="born", kind="datetime"),
        Variable(name="died", kind="datetime"),
    )
    return Cohort.real(frame, Schema(variables=variables, rules=rules))


def broken(require: str, when: str | None = None) -> list[bool]:
    found: list[bool] = violations(patients(Rule(name="rule", require=require, when=when)))["rule"].tolist()
    return found


@pytest.mark.parametrize(
    ("require", "rows"),
    [
        ("age >= 18", [1, 0, 0, 0]),
        ("18 <= age < 70", [1, 0, 1, 0]),
        ("not age >= 18", [0, 1, 1, 0]),
        ("age < 18 or stage > 2", [0, 1, 0, 0]),
        ("age < 18 and stage > 2", [1, 1, 1, 0]),
        ("granulocytes <= `white cells`", [0, 1, 0, 0]),
        ("granulocytes / `white cells` <= 1", [0, 1, 1, 0]),
        ("granulocytes / `white cells` != 0.5", [1, 0, 0, 0]),
        ("`white cells` + 2 * granulocytes == 2", [0, 1, 1, 1]),
        ("-age < -18", [1, 0, 0, 0]),
        ("severity == 'mild'", [0, 1, 1, 0]),
        ("severity >= 'moderate'", [1, 0, 0, 0]),
        ("'mild' < severity", [1, 0, 0, 0]),
        ("severity in ('mild', \"severe\")", [0, 1, 0, 0]),
        ("stage not in [1, 4]", [1, 0, 1, 1]),
        ("stage >= 2", [1, 0, 0, 0]),
        ("arm == switched", [1, 0, 0, 1]),
        ("arm != switched", [0, 1, 0, 0]),
        ("alive == True", [0, 1, 0, 0]),
        ("born <= died", [0, 1, 0, 0]),
        ("died - born >= 366", [0, 1, 0, 0]),
        ("died - born > 366", [1, 1, 0, 0]),
        ("born + 366 <= died", [0, 1, 0, 0]),
        ("born >= '1960-01-01'", [0, 0, 1, 0]),
        ("born < '1970-06-01T00:00:01'", [1, 0, 0, 1]),
        ("patient != 'p2'", [0, 1, 0, 0]),
        ("patient != 'p9'", [0, 0, 0, 0]),
        ("1 == 2", [1, 1, 1, 1]),
        ("0.1 + 0.2 == 0.3", [0, 0, 0, 0]),
    ],
)
def test_each_form(require: str, rows: list[int]) -> None:
    assert broken(require) == [bool(r) for r in rows]


@pytest.mark.parametrize(
    ("require", "rows"),
    [
        ("if age >= 18 then stage >= 3", [0, 1, 0, 0]),  # the age of the fourth is not known
        ("if arm == 'a' and stage == 1 then severity == 'severe'", [1, 0, 0, 0]),
        ("if arm == 'if then' or arm == 'a' then stage > 1", None),
        ("if alive == True then missing(died)", [1, 0, 0, 0]),
        ("not missing(died)", [0, 0, 1, 0]),
        ("if missing(age) then arm == 'a'", [0, 0, 0, 1]),
        ("abs(granulocytes - `white cells`) <= 0.5", [0, 0, 0, 1]),
        ("max(granulocytes, `white cells`, 2) == 2", [0, 1, 0, 1]),
        ("min(age, 40) == age", [0, 0, 1, 0]),
        ("abs(died - born) >= 366", [0, 1, 0, 0]),
    ],
)
def test_implications_and_functions(require: str, rows: list[int] | None) -> None:
    if rows is None:
        with pytest.raises(BadInput, match="one of the levels"):
            broken(require)
    else:
        assert broken(require) == [bool(r) for r in rows]


@given(st.sampled_from(["age > 30", "stage == 4", "arm == 'a'"]), st.sampled_from(["stage >= 2", "age < 50"]))
def test_an_implication_is_not_a_or_b(a: str, b: str) -> None:
    assert broken(f"if {a} then {b}") == broken(f"not ({a}) or ({b})") == broken(b, when=a)


@given(st.text(alphabet="age stg<=>()'\"`.,+-*/if then or not and 123[]{}:@\\\n", max_size=30))
def test_any_text_is_a_rule_or_bad_input(text: str) -> None:
    """Whatever is written is judged or refused by name; nothing else happens."""
    try:
        assert len(broken(text)) == 4
    except BadInput as refused:
        assert "rule" in str(refused)


@pytest.mark.parametrize(
    ("require", "tolerance", "rows"),
    [
        ("granulocytes == `white cells`", 0.5, [0, 0, 0, 1]),
        ("granulocytes <= `white cells`", 0.5, [0, 0, 0, 0]),
        ("granulocytes < `white cells`", 0.5, [0, 1, 0, 0]),
        ("granulocytes != `white cells`", 0.5, [1, 1, 1, 0]),
        ("`white cells` >= granulocytes", 0.4, [0, 1, 0, 0]),
        ("if stage == 4 then age > 70.5", 1.0, [0, 0, 0, 0]),
        ("died >= born", 5, [0, 1, 0, 0]),  # dates do not miss
    ],
)
def test_a_tolerance(require: str, tolerance: float, rows: list[int]) -> None:
    found = violations(patients(Rule(name="rule", require=require, tolerance=tolerance)))["rule"]
    assert found.tolist() == [bool(r) for r in rows]


def in_units(rule: Rule, **units: str | None) -> Cohort:
    table = pd.DataFrame({"weight": [70.0, 80.0, NAN], "height": [1.75, 1.6, 1.7], "bmi": [22.857, 31.25, 22.0]})
    variables = tuple(Variable(name=name, kind="numeric", unit=units.get(name)) for name in table)
    return Cohort.real(table, Schema(variables=variables, rules=(rule,)))


def test_units_are_converted() -> None:
    require, said = "bmi == weight / (height * height)", {"weight": "kg", "height": "m", "bmi": "kg/m2"}
    rule = Rule(name="r", require=require, tolerance=0.01, units=said)
    grams = in_units(rule, weight="g", height="m", bmi="kg/m2")
    assert violations(grams)["r"].tolist() == [True, True, False]
    scaled = grams.with_column("weight", grams.table["weight"] * 1000)
    assert not violations(scaled)["r"].any()
    limit = Rule(name="r", require="150 <= height <= 170", units={"height": "cm"})
    assert violations(in_units(limit, height="m"))["r"].tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("rule", "unit", "words"),
    [
        ({"weight": "kg"}, None, "a unit of 'weight'"),
        ({"weight": "kg"}, "mmol/L", "one quantity"),
        ({"weight": "kilos"}, "kg", "UCUM"),
        ({"weight": "kg"}, "kilos", "UCUM"),
        ({"wieght": "kg"}, "kg", "'wieght'"),
    ],
)
def test_units_that_do_not_fit_are_refused_by_name(rule: dict[str, str], unit: str | None, words: str) -> None:
    cohort = in_units(Rule(name="suspect", require="weight < 200", units=rule), weight=unit)
    with pytest.raises(BadInput, match="suspect") as caught:
        check_rules(cohort.schema)
    assert words in str(caught.value)


def test_visits_before_and_first() -> None:
    table = pd.DataFrame(
        {
            "id": ["b", "a", "a", "a", "b", "a"],
            "month": [0.0, 12.0, 0.0, 6.0, 6.0, NAN],
            "score": [40.0, 30.0, 36.0, 37.0, NAN, 50.0],
        }
    )
    variables = (
        Variable(name="id", kind="categorical", role="subject"),
        Variable(name="month", kind="numeric", role="visit_time"),
        Variable(name="score", kind="numeric"),
    )
    rules = (
        Rule(name="falls", require="score < previous(score)"),
        Rule(name="start", require="score >= first(score)", when="month - first(month) >= 6"),
    )
    found = violations(Cohort.real(table, Schema(variables=variables, rules=rules)))
    assert found["falls"].tolist() == [False, False, False, True, False, False]
    assert found["start"].tolist() == [False, True, False, False, False, False]
    check_rules(Schema(variables=variables, rules=rules))
    with pytest.raises(BadInput, match=r"falls.*visit_time|visit_time.*falls"):
        check_rules(Schema(variables=(variables[2],), rules=rules[:1]))


def test_the_rate_of_a_rule() -> None:
    judged = judge(Rule(name="r", require="age >= 40", when="age > 0"), patients())
    assert judged.judged.tolist() == [True, True, True, False]
    assert (judged.met.tolist(), judged.rate) == ([False, True, True, False], 2 / 3)
    assert np.isnan(judge(Rule(name="r", require="age > 1", when="age > 100"), patients()).rate)


def test_when_limits_the_records_and_missing_values_are_not_judged() -> None:
    assert broken("stage >= 2", when="alive == True") == [True, False, False, False]
    assert broken("1 == 2", when="died > born") == [True, False, False, True]  # the third has no date of death


def test_checks_of_the_variables() -> None:
    cohort = patients()
    ages = cohort.table["age"].to_numpy().copy()
    ages[1] = 40.5
    found = violations(cohort.with_column("age", ages))
    assert found["age: whole number"].tolist() == [False, True, False, False]
    assert found["age: at most 60"].tolist() == [False, False, True, False]
    assert not found["age: at least 0"].any()
    strange = pd.Categorical(["a", "b", "c", None], categories=["a", "b", "c"])
    assert violations(cohort.with_column("arm", strange))["arm: known level"].tolist() == [False, False, True, False]
    assert not violations(make_cohort()).to_numpy().any()


def test_limits_of_dates_are_days_since_1970() -> None:
    cohort = patients()
    schema = cohort.schema.with_variables([Variable(name="born", kind="datetime", low=0, high=366 * 20)])
    found = violations(Cohort.real(cohort.table, schema))
    assert found["born: at least 0"].tolist() == [False, False, True, False]
    assert found["born: at most 7320"].tolist() == [True, False, False, False]


def test_soft_rules_stand_apart() -> None:
    cohort = patients(Rule(name="s", require="age > 1", severity="soft"), Rule(name="h", require="age > 1"))
    assert list(violations(cohort, severity="soft").columns) == ["s"]
    assert "s" not in violations(cohort).columns
    assert "h" in violations(cohort).columns


@pytest.mark.parametrize(
    "require",
    [
        "agee >= 18",
        "age >=",
        "age",
        "",
        "age and stage",
        "age ** 2 > 4",
        "age.real > 1",
        "abs(arm) > 1",
        "abs(age, age) > 1",
        "pow(age) > 1",
        "max() > 1",
        "missing(age + 1)",
        "missing('age')",
        "not missing",
        "previous(age) < age",
        "first(age + 1) < age",
        "if age > 1",
        "if age > 1 then",
        "if age > 1 then stage",
        "age > 1 then stage > 1",
        "if if age > 1 then age > 1 then age > 1",
        "age > 1 if age > 1 else age > 2",
        "__import__('os').system('true') == 0",
        "[a for a in (1,)] == 1",
        "(lambda: 1)() == 1",
        "age if age else age > 1",
        "age is 1",
        "age in 'abc'",
        "age == 'old'",
        "severity == 'awful'",
        "arm > 'a'",
        "arm >= switched",
        "born > 'yesterday'",
        "born > age",
        "born + died > 1",
        "severity + 1 > 1",
        "'a' == 'a'",
        "age > 1e308",
        "age > 1" + "0" * 400,
        "not " * 3000 + "age > 1",
        "-" * 3000 + "age > 1",
        "(" * 500 + "age > 1" + ")" * 500,
        "`no such` > 1",
        "age > None",
        "age[0] > 1",
        "f'{age}' == 'x'",
        "(age := 1) > 0",
    ],
)
def test_what_is_no_rule_is_refused_by_name(require: str) -> None:
    schema = patients(Rule(name="suspect", require=require)).schema
    with pytest.raises(BadInput, match="suspect"):
        check_rules(schema)
    with pytest.raises(BadInput, match="suspect"):
        check_rules(patients(Rule(name="suspect", require="age > 1", when=require)).schema)


def test_rules_of_one_name_are_refused() -> None:
    twice = Rule(name="same", require="age > 1")
    with pytest.raises(BadInput, match="same"):
        violations(patients(twice, twice))
    with pytest.raises(BadInput, match="at most 60"):
        violations(patients(Rule(name="age: at most 60", require="age > 1")))


def test_good_rules_pass_the_check_and_inputs_stay() -> None:
    cohort = patients(Rule(name="r", require="born <= died and age >= 0 and severity != 'mild' and patient != 'x'"))
    before = cohort.table.copy()
    check_rules(cohort.schema)
    violations(cohort)
    pd.testing.assert_frame_equal(before, cohort.table)
