"""Slopes against scipy's regression and test, and patients who do not change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, linregress

from courses import VARIABLES, comparison, irregulars, known, shuffled
from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema
from fewfold.metrics.base import Comparison, metric


def fitted(cohort: Cohort, name: str) -> list[float]:
    rows = known(cohort).dropna(subset=[name])
    several = [own for _, own in rows.groupby("id") if own["day"].nunique() > 1]
    return [linregress(own["day"], own[name]).slope for own in several]


@pytest.mark.parametrize("seed", range(3))
def test_is_the_distance_of_scipys_regressions(seed: int) -> None:
    c = irregulars(seed=seed)
    gaps = [ks_2samp(fitted(c.holdout, name), fitted(c.synthetic, name)).statistic for name in ("x", "y")]
    found = metric("slopes")._value(c, np.random.default_rng(0))  # sex does not change
    assert found == pytest.approx(np.mean(gaps))


def test_slopes_are_those_of_scipy_whatever_the_rounding() -> None:
    """Dates far from 0, a value that stays at 0.1, two visits on one day, and a patient with one visit."""
    frame = pd.DataFrame(
        {
            "id": [1, 1, 1, 2, 2, 2, 3, 3, 4],
            "day": [20000.1, 20001.1, 20004.1, 5.0, 6.0, 8.0, 7.7, 7.7, 1.0],
            "x": [1.0, 2.0, 4.0, 0.1, 0.1, 0.1, 1.0, 5.0, 3.0],
            "y": [1.0, np.nan, 7.0, 2.0, 1.0, np.nan, 1.0, 1.0, 1.0],
            "sex": pd.Categorical(["f"] * 9, categories=["f", "m"]),
        }
    )
    found = metric("slopes")._derived(Cohort.real(frame, Schema(variables=VARIABLES)))  # type: ignore[attr-defined]
    x = linregress(frame["day"][:3] - 20000, frame["x"][:3]).slope
    np.testing.assert_allclose(found[[0, 3, 6, 8], 0], [x, 0.0, np.nan, np.nan])
    np.testing.assert_allclose(found[[0, 3, 6, 8], 1], [1.5, -1.0, np.nan, np.nan])
    assert found[3, 0] == 0
    assert np.isnan(found[[1, 2, 4, 5, 7]]).all()


def test_patients_who_decline_twice_as_fast_and_shuffled_visits_leave_the_null() -> None:
    c = comparison(60)
    faster = c.synthetic.with_column("x", c.synthetic.table["x"] + 0.004 * c.synthetic.table["day"])
    null = metric("slopes").null_values(c, 40, rng=np.random.default_rng(0))
    assert null.min() <= metric("slopes").value(c, rng=0) <= null.max()
    for bad in (faster, shuffled(c.synthetic)):
        found = metric("slopes").measure(replace(c, synthetic=bad), rng=0)
        assert found.null is not None and found.value > found.null.high


def test_nothing_that_changes_gives_the_reason() -> None:
    c = comparison()
    still = [p.with_column("x", p.table["id"] * 1.0).with_column("y", 1.0) for p in (c.train, c.holdout, c.synthetic)]
    with pytest.raises(NotApplicable, match="no finite value"):
        metric("slopes").value(Comparison(*still), rng=0)
