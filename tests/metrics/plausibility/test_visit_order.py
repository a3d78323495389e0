"""Steps between visits: closed forms, and shuffled visits."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from comparisons import as_synthetic
from courses import VARIABLES, comparison, course, made, shuffled
from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.plausibility.visit_order import _steps


def test_steps_by_hand() -> None:
    x = np.array([1.0, 3.0, np.nan, 2.0, 10.0, 10.5, 9.0, 7.0])
    subjects = np.array([0, 0, 0, 0, 1, 1, 1, 2])
    order, first = np.arange(8), np.array([1, 0, 0, 0, 1, 0, 0, 1], dtype=bool)
    pairs = {
        s: np.mean([abs(a - b) for a, b in combinations(v, 2)]) for s, v in {0: [1, 3, 2], 1: [10, 10.5, 9]}.items()
    }
    every = np.mean([abs(a - b) for a, b in combinations([1, 3, 2, 10, 10.5, 9, 7], 2)])
    steps = 2 + 1 + 0.5 + 1.5
    expected = [steps / (2 * pairs[0] + 2 * pairs[1]), steps / 4 / every]
    np.testing.assert_allclose(_steps(x, subjects, order, first), expected)


def test_shuffled_visits_step_as_far_as_any_two() -> None:
    real = shuffled(course(2000, 3))
    order, first = np.arange(len(real)), np.tile([True] + [False] * 5, 2000)
    assert _steps(real.matrix[:, 0], real.subjects, order, first)[0] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("fault", ["visits shuffled", "patients mixed"])
def test_planted_faults_leave_the_null(fault: str) -> None:
    good = comparison()
    null = metric("visit_order").null_values(good, 40, rng=np.random.default_rng(0))
    assert metric("visit_order").value(good, rng=0) <= null.max()
    if fault == "visits shuffled":
        bad = shuffled(good.synthetic)
    else:
        ids = np.random.default_rng(0).permutation(good.synthetic.table["id"])
        bad = good.synthetic.with_column("id", ids)
    found = metric("visit_order").measure(replace(good, synthetic=bad), rng=0)
    assert found.null is not None
    assert found.null.high < found.low < found.value < found.high
    assert metric("visit_order").value(replace(good, synthetic=bad), rng=0) > null.max()


def test_what_does_not_matter() -> None:
    good = comparison()
    value = metric("visit_order").value(good, rng=0)
    parts = [c.take(np.random.default_rng(9).permutation(len(c))) for c in (good.train, good.holdout, good.synthetic)]
    assert metric("visit_order").value(Comparison(*parts), rng=0) == pytest.approx(value)
    scaled = [c.with_column("x", np.exp(c.table["x"]) * 100) for c in (good.train, good.holdout, good.synthetic)]
    assert metric("visit_order").value(Comparison(*scaled), rng=0) == pytest.approx(value)


def test_the_stand_in_has_whole_patients() -> None:
    good = comparison()
    swapped = metric("visit_order").real_against_real(good.train, good.holdout, 100, np.random.default_rng(0))
    assert 90 <= len(swapped.synthetic) <= 100
    assert set(np.bincount(swapped.synthetic.subjects)) == {0, 6}


def test_rows_without_a_patient_cannot_be_judged() -> None:
    good = comparison()
    with pytest.raises(NotApplicable, match="0 synthetic ones"):
        metric("visit_order").value(replace(good, synthetic=as_synthetic(good.synthetic)), rng=0)
    untimed = good.synthetic.with_column("day", np.full(240, np.nan))
    with pytest.raises(NotApplicable, match="0 synthetic ones"):
        metric("visit_order").value(replace(good, synthetic=untimed), rng=0)


def test_real_courses(shared_data) -> None:
    frame = pd.read_csv(shared_data / "pbc" / "pbcseq.csv")[["id", "day", "bili", "albumin", "platelet", "protime"]]
    names = ("bili", "albumin", "platelet", "protime")
    variables = (*VARIABLES[:2], *(Variable(name=name, kind="numeric") for name in names))
    real = Cohort.real(frame.astype(float).astype({"id": int}), Schema(variables=variables))
    groups = np.random.default_rng(0).permutation(313)[real.table["id"]] % 3
    train, holdout, fresh = (real.take(np.flatnonzero(groups == g)) for g in range(3))
    good = Comparison(train.as_part("train"), holdout.as_part("holdout"), made(fresh))
    null = metric("visit_order").null_values(good, 40, rng=np.random.default_rng(0))
    assert null.min() <= metric("visit_order").value(good, rng=0) <= null.max()
    table = fresh.table.copy()
    order = np.lexsort((np.random.default_rng(0).random(len(table)), table["id"]))
    table = table.sort_values(["id"], kind="stable")
    table[list(names)] = table[list(names)].to_numpy()[order]
    assert metric("visit_order").value(replace(good, synthetic=made(replace(fresh, table=table))), rng=0) > null.max()
