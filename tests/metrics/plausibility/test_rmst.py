"""Restricted mean survival times against lifelines and a closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time

from fewfold.metrics.base import metric
from follow_ups import compared, patients


@pytest.mark.parametrize("seed", range(3))
def test_is_the_difference_of_lifelines(seed: int) -> None:
    c = compared(patients(120, seed), patients(60, seed + 7, followed=12))
    tables = (c.holdout.table, c.synthetic.table)
    horizon = min(np.quantile(table["years"], 0.9) for table in tables)
    fits = [KaplanMeierFitter().fit(table["years"], table["dead"] == "yes") for table in tables]
    real, made = (restricted_mean_survival_time(fit, t=horizon) for fit in fits)
    assert metric("rmst").value(c, rng=0) == pytest.approx(made - real)
    assert metric("rmst").details(c) == pytest.approx({"real": real, "synthetic": made, "horizon": horizon})


def test_without_censoring_it_is_the_mean_of_the_shortened_times() -> None:
    c = compared(patients(200, 4), patients(100, 5))
    dead = pd.Categorical(["yes"] * 100, categories=["no", "yes"])
    c = replace(c, holdout=c.holdout.with_column("dead", dead), synthetic=c.synthetic.with_column("dead", dead))
    real, made = (side.table["years"] for side in (c.holdout, c.synthetic))
    horizon = min(real.quantile(0.9), made.quantile(0.9))
    expected = made.clip(upper=horizon).mean() - real.clip(upper=horizon).mean()
    assert metric("rmst").value(c, rng=0) == pytest.approx(expected)


def test_years_lost_leave_the_null() -> None:
    c = compared(patients(160, 6), patients(80, 7))
    sooner = c.synthetic.with_column("dead", pd.Categorical(["yes"] * 80, categories=["no", "yes"]))
    fresh, found = (metric("rmst").measure(some, rng=0) for some in (c, replace(c, synthetic=sooner)))
    assert fresh.null is not None and found.null is not None
    assert fresh.null.low <= fresh.value <= fresh.null.high
    assert found.high < 0 and found.value < found.null.low
