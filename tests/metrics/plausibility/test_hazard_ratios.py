"""Cox models of one feature each, against statsmodels and lifelines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines import CoxPHFitter

from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.plausibility.hazard_ratios import LIMIT, log_hazard_ratios
from follow_ups import compared, patients


def followed(n: int, seed: int, *, units: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three features that matter by 0.8, -0.5 and not at all; times in whole units, so that events tie."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.integers(0, 2, n), rng.gamma(2, size=n)])
    event, end = rng.exponential(5 * np.exp(-x @ [0.8, -0.5, 0.0])), rng.uniform(0, 12, n)
    return np.ceil(np.minimum(event, end) / units) * units, event <= end, x


@pytest.mark.parametrize("units", [1e-9, 1.0])
def test_are_those_of_statsmodels_with_and_without_ties(units: float) -> None:
    times, happened, x = followed(150, 0, units=units)
    x[::9, 2] = np.nan
    found, error = log_hazard_ratios(times, happened, x)
    for j in range(3):
        known = ~np.isnan(x[:, j])
        model = sm.PHReg(times[known], x[known, j], status=happened[known].astype(int), ties="breslow").fit()
        assert found[j] == pytest.approx(model.params[0], rel=1e-6)
        assert error[j] == pytest.approx(model.bse[0], rel=1e-6)


def test_are_those_of_lifelines() -> None:
    times, happened, x = followed(120, 1, units=1e-9)
    found, error = log_hazard_ratios(times, happened, x)
    for j in range(3):
        fitted = CoxPHFitter().fit(pd.DataFrame({"t": times, "e": happened, "x": x[:, j]}), "t", "e")
        assert found[j] == pytest.approx(fitted.params_["x"], rel=1e-5)
        assert error[j] == pytest.approx(fitted.standard_errors_["x"], rel=1e-4)


def test_no_event_in_a_group_and_a_feature_that_does_not_vary() -> None:
    times, happened, x = followed(80, 2, units=1.0)
    x[:, 0], x[:, 1] = happened, 7.0
    found, _ = log_hazard_ratios(times, happened, x)
    assert found[0] == LIMIT
    assert np.isnan(found[1])
    turned, _ = log_hazard_ratios(times, happened, -x)
    assert turned[0] == -LIMIT
    x[3, 2] = 1e6  # an outlier that the weights of the risk set do not survive unguarded
    assert np.isfinite(log_hazard_ratios(times, happened, x)[0][2])
    assert np.isfinite(log_hazard_ratios(times, happened, -x)[0][2])


VARIABLES = (
    Variable(name="t", kind="numeric", role="event_time"),
    Variable(name="e", kind="integer", role="event"),
    Variable(name="x", kind="numeric"),
    Variable(name="sex", kind="boolean", levels=("f", "m")),
    Variable(name="w", kind="numeric"),
    Variable(name="site", kind="categorical", levels=("a", "b", "c")),
)


def cohort(n: int, seed: int, sign: float = 1.0) -> Cohort:
    times, happened, x = followed(n, seed, units=0.25)
    site = np.random.default_rng(seed + 50).integers(0, 3, n)
    frame = pd.DataFrame({"t": times, "e": happened.astype(float), "x": sign * x[:, 0], "w": x[:, 2]})
    frame["sex"] = pd.Categorical.from_codes(x[:, 1].astype(int), ["f", "m"])
    frame["site"] = pd.Categorical.from_codes(site, ["a", "b", "c"])
    frame.loc[::11, "w"] = np.nan
    return Cohort.real(frame[[v.name for v in VARIABLES]], Schema(variables=VARIABLES))


def by_statsmodels(table: pd.DataFrame, train: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Log hazard ratios and their standard errors."""
    columns = [table["x"] / train["x"].std(ddof=0), table["sex"].cat.codes, table["w"] / train["w"].std(ddof=0)]
    columns += [(table["site"] == site).astype(float) for site in "abc"]
    out = []
    for column in columns:
        known = column.notna()
        model = sm.PHReg(table["t"][known], column[known].astype(float), status=table["e"][known], ties="breslow")
        fitted = model.fit()
        out.append((fitted.params[0], fitted.bse[0]))
    ratios, errors = np.array(out).T
    return ratios, errors


def test_numbers_count_by_sd_and_levels_against_all_others() -> None:
    c = compared(cohort(200, 3), cohort(100, 4, sign=-1.0))
    (real, error), (made, _) = (by_statsmodels(side.table, c.train.table) for side in (c.holdout, c.synthetic))
    expected = np.average(np.abs(made - real), weights=error**-2)
    assert metric("hazard_ratios").value(c, rng=0) == pytest.approx(expected, rel=1e-5)
    told = metric("hazard_ratios").details(c)
    assert told["same sign"] == pytest.approx(np.mean(np.sign(made) == np.sign(real)))
    assert told["same sign where clear"] < 1


def test_effects_that_are_turned_or_lost_leave_the_null() -> None:
    c = compared(cohort(800, 5), cohort(400, 6))
    null = metric("hazard_ratios").null_values(c, 40, rng=np.random.default_rng(0))
    assert null.min() <= metric("hazard_ratios").value(c, rng=0) <= null.max()
    assert metric("hazard_ratios").details(c)["same sign where clear"] == 1
    order = np.random.default_rng(1).permutation(400)
    lost = c.synthetic.with_column("x", c.synthetic.table["x"].to_numpy()[order])
    for bad in (compared(cohort(800, 5), cohort(400, 6, sign=-1.0)).synthetic, lost):
        found = metric("hazard_ratios").measure(Comparison(c.train, c.holdout, bad), rng=0)
        assert found.null is not None and found.value > found.null.high


def test_few_events_and_no_features_give_the_reason() -> None:
    c = compared(patients(80, 0), patients(40, 1))
    alive = c.synthetic.with_column("dead", pd.Categorical(["no"] * 40, categories=["no", "yes"]))
    with pytest.raises(NotApplicable, match="5 synthetic patients with the event; 0 have it"):
        metric("hazard_ratios").value(replace(c, synthetic=alive), rng=0)
    bare = [
        Cohort.real(part.table[["years", "dead"]], Schema(variables=part.schema.variables[:2]))
        for part in (patients(40, 2), patients(40, 3))
    ]
    with pytest.raises(NotApplicable, match="no feature"):
        metric("hazard_ratios").value(compared(Cohort.concat([bare[0], bare[0]]), bare[1]), rng=0)
