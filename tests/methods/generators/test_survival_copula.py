"""The survival copula keeps curves, hazards and the outcome by the horizon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter

from conftest import make_cohort
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import load, method


def world(n: int = 300, seed: int = 0) -> Cohort:
    return datasets.make_follow_up(n, rng=seed).cohort


def made_of(cohort: Cohort, n: int = 6000, **params: Any) -> Cohort:
    return method("survival_copula", **params).fit(cohort, rng=0).sample(n, rng=1)


def happened(cohort: Cohort) -> np.ndarray:
    return (cohort.table["event"] == 1).to_numpy()


def test_curves_of_event_and_censoring_are_kept() -> None:
    real = world()
    made = made_of(real)
    at = np.linspace(0.3, 3.5, 12)
    for ends in (happened, lambda c: ~happened(c)):
        curves = [
            KaplanMeierFitter().fit(c.table["years"], ends(c)).survival_function_at_times(at).to_numpy()
            for c in (real, made)
        ]
        assert np.abs(curves[0] - curves[1]).max() < 0.05


def test_the_outcome_by_the_horizon_follows_from_the_time() -> None:
    made = made_of(world())
    by_then = happened(made) & (made.table["years"] <= 2).to_numpy()
    np.testing.assert_array_equal(made.y == 1, by_then)
    assert made.table["years"].gt(0).all()


def cox(cohort: Cohort) -> np.ndarray:
    frame = pd.DataFrame(cohort.matrix, columns=[v.name for v in cohort.schema.features])
    frame = frame.assign(years=cohort.table["years"].to_numpy(), event=happened(cohort))
    return CoxPHFitter().fit(frame, "years", "event").params_.to_numpy()


def test_hazards_are_kept() -> None:
    """Against the coefficients of the same real patients; shrinkage takes some of them."""
    real = world(600)
    truth, kept = cox(real), cox(made_of(real))
    assert np.abs(truth[:2]).min() > 0.3
    np.testing.assert_allclose(kept[:2], truth[:2], rtol=0.35)
    np.testing.assert_allclose(kept[2:], truth[2:], atol=0.15)


def competing(n: int = 200, text: bool = False) -> Cohort:
    rng = np.random.default_rng(0)
    risk = rng.normal(size=n)
    times = np.round(1 + 1000 * rng.exponential(size=(3, n)) * np.exp([-risk, 0 * risk, 0 * risk]))
    code = times.argmin(axis=0)
    levels = ("relapse", "death", "alive") if text else (1, 2, 0)
    variables = (
        Variable(name="risk", kind="numeric"),
        Variable(name="days", kind="duration", role="event_time", unit="d"),
        Variable(name="status", kind="categorical", role="event", levels=levels),
    )
    status = pd.Categorical.from_codes(code, list(levels))
    return Cohort.real(
        pd.DataFrame({"risk": risk, "days": times.min(axis=0), "status": status}), Schema(variables=variables)
    )


@pytest.mark.parametrize("text", [False, True])
def test_competing_events_without_a_target(text: bool) -> None:
    real = competing(text=text)
    made = made_of(real, censored="alive" if text else None)
    shares = [c.table["status"].value_counts(normalize=True).sort_index() for c in (real, made)]
    np.testing.assert_allclose(shares[0], shares[1], atol=0.05)
    assert (made.table["days"] % 1 == 0).all()
    level = "relapse" if text else 1
    risks = [c.table["risk"][c.table["status"] == level].mean() for c in (real, made)]
    assert risks[0] > 0.3
    assert risks[1] == pytest.approx(risks[0], abs=0.15)


def test_levels_in_words_need_the_one_without_an_event() -> None:
    with pytest.raises(BadInput, match=r"censored='relapse'"):
        method("survival_copula").fit(competing(text=True), rng=0)
    with pytest.raises(BadInput, match="censored='gone'"):
        method("survival_copula", censored="gone").fit(competing(text=True), rng=0)


@pytest.mark.parametrize("wrong", [0.0, -3.0])
def test_times_that_are_not_above_zero_are_refused(wrong: float) -> None:
    real = world(60)
    bad = real.with_column("years", real.table["years"].mask(real.table.index < 2, wrong))
    with pytest.raises(BadInput, match=r"2 of 0 or less"):
        method("survival_copula").fit(bad, rng=0)


def test_no_follow_up_at_all_is_told_and_gaps_are_not_copied() -> None:
    real = world(80)
    with pytest.raises(NotApplicable, match="no patient has both"):
        method("survival_copula").fit(real.with_column("years", np.full(80, np.nan)), rng=0)
    some = real.with_column("years", real.table["years"].mask(real.table.index % 4 == 0))
    assert made_of(some, 200).table["years"].notna().all()


def test_no_events_means_no_events() -> None:
    real = world(80)
    none = real.with_column("event", pd.Categorical(np.zeros(80, dtype=int), categories=[0, 1]))
    assert not happened(made_of(none, 500)).any()


def test_a_patient_counts_once_with_the_longest_time() -> None:
    rows = pd.DataFrame(
        {
            "patient": np.repeat(np.arange(40), 3),
            "x": np.random.default_rng(0).normal(size=120),
            "days": np.tile([5.0, 9.0, 1.0], 40),
            "event": pd.Categorical(np.tile([0, 1, 0], 40), categories=[0, 1]),
        }
    )
    variables = (
        Variable(name="patient", kind="integer", role="subject"),
        Variable(name="x", kind="numeric"),
        Variable(name="days", kind="duration", role="event_time"),
        Variable(name="event", kind="boolean", role="event", levels=(0, 1)),
    )
    made = made_of(Cohort.real(rows, Schema(variables=variables)), 100)
    assert set(made.table["days"]) == {9.0}
    assert happened(made).all()


def test_without_follow_up_it_is_the_copula() -> None:
    cohort = make_cohort(80)
    one, other = (method(name).fit(cohort, rng=0).sample(50, rng=1) for name in ("survival_copula", "gaussian_copula"))
    assert one.modelled.tobytes() == other.modelled.tobytes()


def test_what_was_learned_is_kept_on_disk(tmp_path: Path) -> None:
    fitted = method("survival_copula").fit(competing(), rng=0)
    fitted.save(tmp_path / "fitted.npz")
    one, other = (f.sample(50, rng=3).table for f in (fitted, load(tmp_path / "fitted.npz")))
    pd.testing.assert_frame_equal(one, other)


def test_classes_and_rules_keep_times_with_their_rows() -> None:
    """Rejection takes rows with their follow-up: the outcome still follows from the time."""
    made = method("survival_copula").fit(world(), rng=0).sample(300, rng=1, given={"x1": [0.5, None]})
    np.testing.assert_array_equal(made.y == 1, happened(made) & (made.table["years"] <= 2).to_numpy())
