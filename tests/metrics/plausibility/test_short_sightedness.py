"""The longest follow-up of both sides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fewfold.metrics.base import metric
from follow_ups import compared, patients


def test_is_the_share_by_which_the_longest_follow_up_falls_short() -> None:
    c = compared(patients(120, 0), patients(60, 1))
    years = np.linspace(0.5, 6.0, 60)
    real, made = c.holdout.with_column("years", years), c.synthetic.with_column("years", years / 2)
    assert metric("short_sightedness").value(replace(c, holdout=real, synthetic=made), rng=0) == 0.5
    longer = c.synthetic.with_column("years", years * 2)
    assert metric("short_sightedness").value(replace(c, holdout=real, synthetic=longer), rng=0) == -1
    unknown = real.with_column("years", np.where(years == 6.0, np.nan, years))
    expected = 1 - 3 / years[-2]
    found = metric("short_sightedness").value(replace(c, holdout=unknown, synthetic=made), rng=0)
    assert found == pytest.approx(expected)


def test_follow_up_that_ends_early_leaves_the_null() -> None:
    c = compared(patients(120, 2), patients(60, 3))
    early = replace(c, synthetic=c.synthetic.with_column("years", np.minimum(c.synthetic.table["years"], 3)))
    fresh, found = (metric("short_sightedness").measure(some, rng=0) for some in (c, early))
    assert fresh.null is not None and found.null is not None
    assert fresh.null.low <= fresh.value <= fresh.null.high
    assert found.value > found.null.high
