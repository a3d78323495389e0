"""Areas between curves against those of lifelines, and what all metrics of follow-up share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from comparisons import as_synthetic
from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import METRICS, Comparison, metric
from fewfold.metrics.survival import censoring, last_common, steps
from follow_ups import compared, patients

ALL = ["censoring_curve", "follow_up", "hazard_ratios", "optimism", "rmst", "short_sightedness"]


def curve(table: pd.DataFrame, sign: str, at: np.ndarray) -> np.ndarray:
    fitted = KaplanMeierFitter().fit(table["years"], table["dead"] == sign)
    found: np.ndarray = fitted.survival_function_at_times(at).to_numpy()
    return found


@pytest.mark.parametrize("seed", range(3))
def test_is_the_area_between_the_curves_of_lifelines(seed: int) -> None:
    c = compared(patients(120, seed), patients(60, seed + 9, followed=14))
    tables = [side.table for side in (c.holdout, c.synthetic)]
    last = min(np.quantile(table["years"], 0.9) for table in tables)
    at = np.append(np.arange(0, last, 0.25), last)  # times are in quarters
    expected = {}
    for name, sign in (("event", "yes"), ("censoring", "no")):
        real, made = (curve(table, sign, at[:-1]) for table in tables)
        expected[name] = np.sum(np.abs(real - made) * np.diff(at)) / last
    assert metric("censoring_curve").value(c, rng=0) == pytest.approx(np.mean(list(expected.values())))
    assert metric("censoring_curve").details(c) == pytest.approx(expected)


@pytest.mark.parametrize("fault", ["censored earlier", "nobody dies"])
def test_planted_faults_leave_the_null(fault: str) -> None:
    c = compared(patients(160, 2), patients(80, 3))
    if fault == "censored earlier":
        bad = compared(patients(160, 2), patients(80, 3, followed=3))
    else:
        alive = pd.Categorical(["no"] * 80, categories=["no", "yes"])
        bad = replace(c, synthetic=c.synthetic.with_column("dead", alive))
    fresh, found = (metric("censoring_curve").measure(some, rng=0) for some in (c, bad))
    assert fresh.null is not None and found.null is not None
    assert fresh.null.low <= fresh.value <= fresh.null.high
    assert found.value > found.null.high
    assert found.details["censoring"] > 0.2 or found.details["event"] > 0.2


def test_steps_by_hand() -> None:
    a = np.array([1.0, 2.0, 4.0]), np.array([True, False, True])
    b = np.array([2.0, 3.0]), np.array([True, True])
    of_a, of_b, widths = steps(a, b, 5.0)
    np.testing.assert_allclose(of_a, [1, 2 / 3, 2 / 3, 2 / 3, 0])
    np.testing.assert_allclose(of_b, [1, 1, 0.5, 0, 0])
    np.testing.assert_allclose(widths, [1, 1, 1, 1, 1])
    assert steps(a, b, 2.5)[2].sum() == 2.5
    assert last_common(a, b) == pytest.approx(2.9)
    assert censoring(a)[1].tolist() == [False, True, False]


def visited(cohort: Cohort, start: int) -> Cohort:
    """Each patient twice, first at half of the time."""
    table = cohort.table.assign(id=np.arange(start, start + len(cohort)))
    alive = pd.Categorical(["no"] * len(table), ["no", "yes"])
    earlier = table.assign(years=table["years"] / 2, dead=alive, age=table["age"] - 30)
    both = pd.concat([table, earlier, table.assign(years=np.nan)]).sample(frac=1, random_state=start)
    subject = Variable(name="id", kind="integer", role="subject")
    return Cohort.real(both, Schema(variables=(*cohort.schema.variables, subject)))


@pytest.mark.parametrize("name", ALL)
def test_a_patient_counts_once_at_the_longest_time(name: str) -> None:
    c = compared(patients(80, 0, effect=0.5), patients(40, 1, effect=0.5))
    parts = [visited(part, 1000 * k) for k, part in enumerate((c.train, c.holdout, c.synthetic))]
    twice = Comparison(*parts)
    value = metric(name)._value(c, np.random.default_rng(0))
    if name == "hazard_ratios":  # all rows of the training patients say what an SD is
        scale = np.nanstd(parts[0].matrix[:, 0]) / np.std(c.train.matrix[:, 0])
        value *= scale
    assert metric(name)._value(twice, np.random.default_rng(0)) == pytest.approx(value)
    assert metric(name).measure(twice, rng=0).null is not None


@pytest.mark.parametrize("name", ALL)
def test_some_patients_counted_are_some_patients_taken(name: str) -> None:
    c, rng = compared(patients(160, 4), patients(80, 5)), np.random.default_rng(0)
    parts = (c.train, c.holdout, c.synthetic)
    rows = tuple(np.sort(rng.permutation(80)[:50]) for _ in parts)
    taken = Comparison(*(p.take(r) for p, r in zip(parts, rows, strict=True)))
    counted = metric(name)._of_rows(parts)(rows)  # type: ignore[misc]
    assert counted == pytest.approx(metric(name)._value(taken, rng), abs=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    c, rng = compared(patients(80, 6), patients(40, 7)), np.random.default_rng(0)
    shuffled = Comparison(*(part.take(rng.permutation(40)) for part in (c.train, c.holdout, c.synthetic)))
    assert metric(name).value(shuffled, rng=0) == pytest.approx(metric(name).value(c, rng=0), abs=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_estimates_are_well_formed_and_repeatable(name: str) -> None:
    c = compared(patients(80, 8), patients(120, 9))
    found, card = metric(name).measure(c, rng=0), METRICS.get(name).card
    assert card.bounds[0] <= found.low <= found.value <= found.high <= card.bounds[1]
    assert found.null is not None and found.null.low < found.null.high
    assert found == metric(name).measure(c, rng=0)
    assert bool(card.finding) == (name == "follow_up")


@pytest.mark.parametrize("name", ALL)
def test_rows_without_a_follow_up_give_the_reason(name: str) -> None:
    c = compared(patients(80, 0), patients(40, 1))
    empty = c.synthetic.with_column("years", np.full(40, np.nan))
    with pytest.raises(NotApplicable, match=f"{name} needs 10 patients.*0 synthetic ones have both"):
        metric(name).value(replace(c, synthetic=empty), rng=0)
    assert as_synthetic(c.synthetic).table.equals(c.synthetic.table)
    gone = replace(c, holdout=c.holdout.with_column("dead", pd.Categorical([None] * 40, categories=["no", "yes"])))
    with pytest.raises(NotApplicable, match="0 real ones have both"):
        metric(name).value(gone, rng=0)
