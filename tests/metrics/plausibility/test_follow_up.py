"""Curves of event and of censoring, against an independent implementation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.kaplan_meier import survival
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import Comparison, metric
from follow_ups import compared, patients


@pytest.mark.parametrize("seed", range(3))
def test_curves_are_those_of_lifelines(seed: int) -> None:
    lifelines = pytest.importorskip("lifelines")
    rng = np.random.default_rng(seed)
    times, happened = rng.integers(0, 12, 80).astype(float), rng.random(80) < 0.6
    at, curve = survival(times, happened)
    fitted = lifelines.KaplanMeierFitter().fit(times, happened).survival_function_at_times(at)
    np.testing.assert_allclose(curve, fitted.to_numpy(), atol=1e-12)


def test_the_distance_of_lifelines_curves() -> None:
    lifelines = pytest.importorskip("lifelines")
    comparison = compared(patients(120, 0), patients(60, 1, followed=20))
    real, made = comparison.holdout.table, comparison.synthetic.table
    last = min(np.quantile(table["years"], 0.9) for table in (real, made))
    at = np.arange(0, last + 0.25, 0.25)
    at = at[at <= last]
    gaps = []
    for sign in ("yes", "no"):
        curves = [
            lifelines.KaplanMeierFitter().fit(t["years"], t["dead"] == sign).survival_function_at_times(at).to_numpy()
            for t in (real, made)
        ]
        gaps.append(np.abs(curves[0] - curves[1]).max())
    assert metric("follow_up").value(comparison, rng=0) == pytest.approx(max(gaps))


def test_the_event_is_read_from_names_numbers_and_the_positive_level() -> None:
    named, coded = (
        metric("follow_up").value(compared(patients(80, 0, kind=k), patients(40, 5, kind=k)), rng=0)
        for k in ("boolean", "integer")
    )
    assert named == coded
    turned = compared(patients(80, 0), patients(40, 5))
    schema = turned.train.schema.with_variables([turned.train.schema["dead"].model_copy(update={"positive": "no"})])
    parts = (replace(c, schema=schema) for c in (turned.train, turned.holdout, turned.synthetic))
    assert metric("follow_up").value(Comparison(*parts), rng=0) == named  # event and censoring change places


@pytest.mark.parametrize("fault", ["no censoring", "nobody dies", "thrice as long"])
def test_planted_faults_leave_the_null(fault: str) -> None:
    real, made = patients(120, 3), patients(60, 4)
    table = made.table.copy()
    if fault == "thrice as long":
        table["years"] = table["years"] * 3
    else:
        table["dead"] = pd.Categorical(["yes" if fault == "no censoring" else "no"] * 60, categories=["no", "yes"])
    good, bad = compared(real, made), compared(real, Cohort.real(table, made.schema))
    null = metric("follow_up").null_values(good, 40, rng=np.random.default_rng(0))
    assert metric("follow_up").value(bad, rng=0) > null.max()
    assert metric("follow_up").value(good, rng=0) <= null.max()
    found = metric("follow_up").measure(bad, rng=0)
    assert found.low <= found.value <= found.high
    assert found.null is not None and found.value > found.null.high


def test_one_entry_a_patient() -> None:
    made = patients(40, 5)
    once = compared(patients(80, 0), made)
    subject = Variable(name="id", kind="integer", role="subject")

    def twice(cohort: Cohort, start: int) -> Cohort:
        table = cohort.table.assign(id=np.arange(start, start + len(cohort)))
        earlier = table.assign(years=table["years"] / 2, dead=pd.Categorical(["no"] * len(table), ["no", "yes"]))
        schema = Schema(variables=(*cohort.schema.variables, subject))
        return Cohort.real(pd.concat([earlier, table]), schema)

    parts = [twice(c, k * 1000) for k, c in enumerate((once.train, once.holdout, made))]
    value = metric("follow_up").value(Comparison(*parts), rng=0)
    assert value == metric("follow_up").value(once, rng=0)


def test_rows_without_a_follow_up_are_no_patients() -> None:
    comparison = compared(patients(80, 0), patients(40, 1))
    empty = comparison.synthetic.with_column("years", np.full(40, np.nan))
    with pytest.raises(NotApplicable, match="0 synthetic ones have both"):
        metric("follow_up").value(replace(comparison, synthetic=empty), rng=0)
    three = patients(80, 0)
    levels = pd.Categorical(np.resize(["a", "b", "c"], 80), categories=["a", "b", "c"])
    schema = three.schema.with_variables(
        [Variable(name="dead", kind="categorical", role="event", levels=("a", "b", "c"))]
    )
    unclear = Cohort.real(three.table.assign(dead=levels), schema)
    with pytest.raises(NotApplicable, match="positive"):
        metric("follow_up").value(compared(unclear, unclear.take(np.arange(40))), rng=0)


def test_real_patients_pass(shared_data) -> None:
    frame = pd.read_csv(shared_data / "pbc" / "pbc.csv")[["time", "status", "bili"]].astype(float)
    variables = (
        Variable(name="time", kind="numeric", role="event_time"),
        Variable(name="status", kind="integer", role="event"),
        Variable(name="bili", kind="numeric"),
    )
    cohort = Cohort.real(frame.sample(frac=1, random_state=0), Schema(variables=variables))
    comparison = compared(cohort.take(np.arange(278)), cohort.take(np.arange(278, 418)))
    null = metric("follow_up").null_values(comparison, 40, rng=np.random.default_rng(0))
    assert metric("follow_up").value(comparison, rng=0) <= null.max() < 0.3
