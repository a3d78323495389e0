"""Autocorrelations against pandas and scipy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from courses import comparison, irregulars, known, shuffled
from fewfold.data.cohort import Cohort
from fewfold.metrics.base import metric


def by_pandas(cohort: Cohort) -> np.ndarray:
    rows = known(cohort)
    rows["sex"] = rows["sex"].cat.codes
    pairs = [rows[[name]].assign(before=rows.groupby("id")[name].shift()).dropna() for name in ("x", "y", "sex")]
    return np.array([spearmanr(p.iloc[:, 0], p.iloc[:, 1]).statistic for p in pairs])


@pytest.mark.parametrize("seed", range(3))
def test_is_the_difference_of_scipys_correlations(seed: int) -> None:
    c = irregulars(seed=seed)
    c = replace(c, synthetic=c.synthetic.with_column("x", np.random.default_rng(0).permutation(c.synthetic.table["x"])))
    real, made = by_pandas(c.holdout), by_pandas(c.synthetic)
    expected = np.abs(real - made).mean()
    assert expected > 0.1
    assert metric("autocorrelation")._value(c, np.random.default_rng(0)) == pytest.approx(expected)
    details = metric("autocorrelation").details(c)
    assert details == pytest.approx({"real mean": real.mean(), "synthetic mean": made.mean()})


def test_a_value_that_never_varies_says_nothing_of_the_next() -> None:
    c = comparison()
    constant = c.synthetic.with_column("x", np.zeros(240))
    real, made = by_pandas(c.holdout), by_pandas(c.synthetic)
    expected = np.mean([abs(real[0]), abs(real[1] - made[1]), abs(real[2] - made[2])])
    assert metric("autocorrelation").value(replace(c, synthetic=constant), rng=0) == pytest.approx(expected)


def test_rows_of_other_patients_and_shuffled_visits_leave_the_null() -> None:
    c = comparison(60)
    null = metric("autocorrelation").null_values(c, 40, rng=np.random.default_rng(0))
    assert null.min() <= metric("autocorrelation").value(c, rng=0) <= null.max()
    mixed = c.synthetic.with_column("id", np.random.default_rng(0).permutation(c.synthetic.table["id"]))
    for bad in (mixed, shuffled(c.synthetic)):
        found = metric("autocorrelation").measure(replace(c, synthetic=bad), rng=0)
        assert found.null is not None and found.value > found.null.high
