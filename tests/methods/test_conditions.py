"""Rows on demand: every row is what was asked for, and distributed as among all rows that are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from conftest import make_cohort
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import load, method
from fewfold.methods.conditions import parse

KINDS = (
    Variable(name="age", kind="integer"),
    Variable(name="weight", kind="numeric"),
    Variable(name="seen", kind="datetime"),
    Variable(name="sex", kind="boolean", levels=("f", "m")),
    Variable(name="stage", kind="ordinal", levels=(1, 2, 3, 4)),
    Variable(name="origin", kind="categorical", levels=("a", "b", "c, d")),
    Variable(name="ill", kind="boolean", role="target", levels=("no", "yes")),
)


def cohort(n: int = 120) -> Cohort:
    rng = np.random.default_rng(0)
    ill = rng.random(n) < 0.4
    origin = np.where(np.arange(n) < 3, "c, d", np.where(rng.random(n) < 0.5, "a", "b"))
    stage = np.clip(np.round(2 + ill + rng.normal(size=n)), 1, 4).astype(int)
    table = pd.DataFrame(
        {
            "age": np.round(50 + 10 * rng.normal(size=n)),
            "weight": 70 + 10 * rng.normal(size=n),
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D"),
            "sex": pd.Categorical(np.where(rng.random(n) < 0.5, "f", "m"), ["f", "m"]),
            "stage": pd.Categorical(stage, [1, 2, 3, 4], ordered=True),
            "origin": pd.Categorical(origin, ["a", "b", "c, d"]),
            "ill": pd.Categorical(np.where(ill, "yes", "no"), ["no", "yes"]),
        }
    )
    return Cohort.real(table, Schema(variables=KINDS))


ASKED: dict[str, Any] = {"sex": "f", "stage": [3, 4], "age": [45, None], "seen": ["2020-06-01", "2022-01-01"]}


@pytest.mark.parametrize("name", ["gaussian_copula", "sequential_trees", "duplication", "smoothed_bootstrap"])
def test_every_row_is_what_was_asked_for(name: str) -> None:
    made = method(name).fit(cohort(), rng=0).sample(50, rng=1, given=ASKED)
    table = made.table
    assert len(table) == 50
    assert (table["sex"] == "f").all()
    assert table["stage"].isin([3, 4]).all()
    assert (table["age"] >= 45).all()
    assert table["seen"].between("2020-06-01", "2022-01-01").all()
    assert table["ill"].cat.codes.is_monotonic_increasing
    assert made.provenance.records[0].given == ASKED
    again = method(name).fit(cohort(), rng=0).sample(50, rng=1, given=ASKED)
    assert again.modelled.tobytes() == made.modelled.tobytes()


def test_the_rest_is_distributed_as_among_all_rows_that_are_so() -> None:
    """Also the classes: the ill are more frequent at high stages."""
    fitted = method("gaussian_copula").fit(cohort(), rng=0)
    free, asked = fitted.sample(20_000, rng=1).table, fitted.sample(4000, rng=2, given={"stage": [3, 4]}).table
    among = free[free["stage"].isin([3, 4])]
    assert ks_2samp(among["weight"], asked["weight"]).pvalue > 0.001
    share = (among["ill"] == "yes").mean()
    assert (asked["ill"] == "yes").mean() == pytest.approx(share, abs=0.03)
    assert share > (free["ill"] == "yes").mean() + 0.1


def test_classes_that_are_counted_stay_as_counted() -> None:
    fitted = method("gaussian_copula").fit(cohort(), rng=0)
    made = fitted.sample(per_class={"yes": 30, "no": 10}, rng=1, given={"sex": "m"})
    assert made.class_counts == {"no": 10, "yes": 30}
    assert (made.table["sex"] == "m").all()
    ill = fitted.sample(20, rng=1, given={"ill": "yes"})
    assert ill.class_counts == {"no": 0, "yes": 20}


@pytest.mark.parametrize("task", ["continuous", "none"])
def test_without_classes(task: str) -> None:
    fitted = method("gaussian_copula").fit(make_cohort(90, task=task), rng=0)
    made = fitted.sample(30, rng=0, given={"age": [50, 60]})
    assert made.table["age"].between(50, 60).all()


def test_a_stream_meets_conditions_too() -> None:
    pieces = list(method("gaussian_copula").fit(cohort(), rng=0).stream(70, rng=0, chunk_rows=30, given={"sex": "f"}))
    assert [len(piece) for piece in pieces] == [30, 30, 10]
    assert all((piece.table["sex"] == "f").all() for piece in pieces)


def test_rare_levels_are_suppressed_by_choice_and_kept_otherwise(tmp_path: Path) -> None:
    kept = method("duplication").fit(cohort(), rng=0).sample(400, rng=0)
    assert (kept.table["origin"] == "c, d").any()
    fitted = method("duplication", rare_below=5).fit(cohort(), rng=0)
    made = fitted.sample(400, rng=0)
    assert not (made.table["origin"] == "c, d").any()
    assert made.class_counts == kept.class_counts
    assert made.provenance.records[0].params["rare_below"] == 5
    fitted.save(tmp_path / "fitted.npz")
    assert load(tmp_path / "fitted.npz").sample(400, rng=0).modelled.tobytes() == made.modelled.tobytes()
    exactly_three = method("duplication", rare_below=3).fit(cohort(), rng=0).sample(400, rng=0)
    assert (exactly_three.table["origin"] == "c, d").any()


def test_patients_are_counted_and_not_rows() -> None:
    """A level in many rows of two patients is rare."""
    many = make_cohort(60, rows_per_subject=4)
    rows = pd.Categorical(np.where(many.subjects < 2, "odd", "plain"), ["plain", "odd"])
    variables = (*many.schema.variables, Variable(name="type", kind="categorical", levels=("plain", "odd")))
    typed = Cohort.real(many.table.assign(type=rows), Schema(variables=variables))
    made = method("duplication", rare_below=3).fit(typed, rng=0).sample(300, rng=0)
    assert set(made.table["type"].dropna()) == {"plain"}


def test_what_almost_no_row_is_ends_and_is_told() -> None:
    fitted = method("gaussian_copula").fit(cohort(), rng=0)
    with pytest.raises(NotApplicable, match=r"rows drawn only 0 .* what was asked for"):
        fitted.sample(10, rng=0, given={"age": [500, 600]})


def test_one_in_some_hundreds_is_found_where_few_are_asked_for() -> None:
    fitted = method("gaussian_copula").fit(datasets.make_linear(100, n_features=4, rng=0).cohort, rng=0)
    free = fitted.sample(100_000, rng=0)
    name = free.schema.features[0].name
    high = float(np.quantile(free.table[name], 0.997))
    made = fitted.sample(5, rng=1, given={name: [high, None]})
    assert (made.table[name] >= high).all()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"height": [1, 2]}, "'height'"),
        ({"sex": "x"}, "levels of 'sex': 'f', 'm'"),
        ({"stage": []}, "levels of 'stage'"),
        ({"weight": 70}, "two ends of a range of 'weight'"),
        ({"weight": [80, 70]}, "the smaller first"),
        ({"weight": [float("nan"), 70]}, "the smaller first"),
        ({"weight": [60, 70, 80]}, "two ends"),
        ({"seen": ["soon", None]}, "2020-12-31"),
    ],
)
def test_conditions_that_say_nothing_are_refused(given: dict[str, Any], told: str) -> None:
    fitted = method("gaussian_copula").fit(cohort(60), rng=0)
    with pytest.raises(BadInput, match=told):
        fitted.sample(10, rng=0, given=given)


def test_what_is_typed_is_read() -> None:
    schema = Schema(variables=KINDS)
    typed = ["sex=f", "stage=3,4", "origin=c, d", "age=40", "weight=..80", "seen=2020-01-01..2020-12-31"]
    assert parse(schema, typed) == {
        "sex": ["f"],
        "stage": [3, 4],
        "origin": ["c, d"],
        "age": ["40", "40"],
        "weight": [None, "80"],
        "seen": ["2020-01-01", "2020-12-31"],
    }
    fitted = method("duplication").fit(cohort(), rng=0)
    made = fitted.sample(10, rng=0, given=parse(schema, ["weight=..80", "age=40..60"]))
    assert (made.table["weight"] <= 80).all()
    for wrong, message in (("sex", "a condition such as"), ("height=3", "'height'"), ("stage=9", None)):
        with pytest.raises(BadInput, match=message):
            fitted.sample(10, rng=0, given=parse(schema, [wrong]))
