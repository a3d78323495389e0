"""Optimism against the curves of lifelines, and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from fewfold.metrics.base import metric
from follow_ups import compared, patients


@pytest.mark.parametrize(("followed", "seed"), [(8.0, 0), (3.0, 1), (20.0, 2)])
def test_is_the_area_of_lifelines_over_the_real_follow_up(followed: float, seed: int) -> None:
    """Also where the synthetic curve ends before it: it stays level."""
    c = compared(patients(120, seed), patients(60, seed + 5, followed=followed))
    last = c.holdout.table["years"].max()
    at = np.append(np.arange(0, last, 0.25), last)
    curves = []
    for table in (c.holdout.table, c.synthetic.table):
        fitted = KaplanMeierFitter().fit(table["years"], table["dead"] == "yes")
        curves.append(fitted.survival_function_at_times(at[:-1]).ffill().to_numpy())
    expected = np.sum((curves[1] - curves[0]) * np.diff(at)) / last
    assert metric("optimism").value(c, rng=0) == pytest.approx(expected)


def test_has_a_sign() -> None:
    c = compared(patients(120, 3), patients(60, 4))
    alive, dead = (
        c.synthetic.with_column("dead", pd.Categorical([level] * 60, categories=["no", "yes"]))
        for level in ("no", "yes")
    )
    good = metric("optimism").measure(c, rng=0)
    assert good.null is not None
    assert good.null.low < 0 < good.null.high
    assert good.null.low <= good.value <= good.null.high
    rosy, gloomy = (metric("optimism").value(replace(c, synthetic=bad), rng=0) for bad in (alive, dead))
    assert rosy > good.null.high
    assert gloomy < good.null.low
