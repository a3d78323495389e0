"""The strongest attack, and that choosing it raises no alarm."""

from __future__ import annotations

import numpy as np
import pytest

import fewfold as ff
from comparisons import numbers
from fewfold.metrics.base import metric


def test_is_the_largest_and_so_are_the_ends() -> None:
    rng = np.random.default_rng(0)
    train, other = rng.normal(size=(2, 40, 4))
    comparison = numbers(train, other, np.vstack([rng.normal(size=(60, 4)), train[:15] + 0.1]))
    single = [metric(name).measure(comparison, rng=0) for name in ("membership_nearest", "membership_density")]
    found = metric("membership").measure(comparison, rng=0)
    assert (found.value, found.low, found.high) == tuple(
        max(getattr(s, k) for s in single) for k in ("value", "low", "high")
    )
    assert list(found.details.values()) == [s.value for s in single]
    assert found.null is not None
    assert found.null.low >= max(s.null.low for s in single if s.null) - 0.05


def test_the_null_is_that_of_the_largest() -> None:
    """Without leak the larger of two AUROCs lies above 0.5 on average, and so does its null."""
    values, nulls = [], []
    for seed in range(60):
        found = metric("membership").measure(numbers(*np.random.default_rng(seed).normal(size=(3, 30, 4))), rng=seed)
        values.append(found.value)
        assert found.null is not None
        nulls.append(np.mean(found.null.draws))
    assert np.mean(values) > 0.505
    assert np.mean(values) == pytest.approx(np.mean(nulls), abs=0.025)


@pytest.mark.parametrize("name", ["smotenc", "smoothed_bootstrap", "duplication"])
def test_what_is_made_of_rows_gives_them_away(name: str) -> None:
    for seed in range(3):
        cohort = ff.datasets.make_clinic(120, rng=seed).cohort
        train, other = cohort.take(np.arange(60)).as_part("train"), cohort.take(np.arange(60, 120)).as_part("holdout")
        made = ff.method(name).fit(train, rng=seed).sample(300, rng=seed)
        found = metric("membership").measure(ff.Comparison(train, other, made), rng=seed)
        assert found.null is not None
        assert found.value > found.null.high
        assert found.p is not None
        assert found.p <= 0.01
