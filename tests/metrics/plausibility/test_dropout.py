"""Numbers of visits against pandas and scipy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ks_2samp

from comparisons import as_synthetic
from courses import comparison, irregulars, known
from fewfold.metrics.base import metric


@pytest.mark.parametrize("seed", range(3))
def test_is_the_distance_of_scipy(seed: int) -> None:
    c = irregulars(seed=seed, stays=0.7)
    visits = [known(part).groupby("id").size() for part in (c.holdout, c.synthetic)]
    assert metric("dropout")._value(c, np.random.default_rng(0)) == pytest.approx(ks_2samp(*visits).statistic)
    details = metric("dropout").details(c)
    assert list(details.values()) == pytest.approx([v.mean() for v in visits])


def test_a_third_who_leave_after_two_visits() -> None:
    c = comparison(42)
    gone = (c.synthetic.table["id"] % 3 == 0) & (c.synthetic.table["day"] > 90)
    left = c.synthetic.take(np.flatnonzero(~gone))
    assert metric("dropout").value(replace(c, synthetic=left), rng=0) == pytest.approx(1 / 3)


def test_one_visit_each_is_dropout_of_all() -> None:
    c = comparison()
    assert metric("dropout").value(replace(c, synthetic=as_synthetic(c.synthetic)), rng=0) == 1


def test_earlier_dropout_leaves_the_null() -> None:
    fresh, early = (metric("dropout").measure(irregulars(80, seed=2, stays=s), rng=0) for s in (0.8, 0.5))
    assert fresh.null is not None and early.null is not None
    assert fresh.null.low <= fresh.value <= fresh.null.high
    assert early.value > early.null.high
