"""The missingness mechanism against scipy, and where it is another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from courses import comparison, course, made
from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.metrics.base import Comparison, metric


def lacking(cohort: Cohort, seed: int, strength: float) -> Cohort:
    """``x`` goes missing in a third of the visits, the likelier the higher it was at the visit before."""
    rng, x = np.random.default_rng(seed), cohort.table["x"].to_numpy().reshape(-1, 6)
    chance = 1 / (1 + 2 * np.exp(-strength * (x - x.mean()) / x.std()))
    gone = np.zeros(x.shape, dtype=bool)
    gone[:, 1:] = rng.random(gone[:, 1:].shape) < chance[:, :-1]
    whole = cohort.table["x"].where(~gone.ravel())
    return replace(cohort, table=cohort.table.assign(x=whole, y=0.0))


def compared(strength: float, n: int = 60) -> Comparison:
    real = lacking(course(2 * n, 0), 1, 1.5)
    train, holdout = real.take(np.arange(6 * n)), real.take(np.arange(6 * n, 12 * n))
    return Comparison(train.as_part("train"), holdout.as_part("holdout"), made(lacking(course(n, 2), 3, strength)))


def mechanism(cohort: Cohort) -> float:
    x = cohort.table["x"].to_numpy().reshape(-1, 6)
    before, absent = x[:, :-1].ravel(), np.isnan(x[:, 1:].ravel())
    known = ~np.isnan(before)
    return float(spearmanr(before[known], absent[known]).statistic)


@pytest.mark.parametrize("strength", [1.5, 0.0, -1.5])
def test_is_the_difference_of_spearmans_correlations(strength: float) -> None:
    c = compared(strength)
    real, synthetic = mechanism(c.holdout), mechanism(c.synthetic)
    measured = metric("missing_after").measure(c, rng=0)
    assert measured.value == pytest.approx(abs(real - synthetic))
    assert list(measured.details.values()) == pytest.approx([real, synthetic])
    assert measured.null is not None and (measured.value > measured.null.high) == (strength < 1)


def test_rows_that_lack_nothing_have_no_mechanism() -> None:
    c = compared(1.5)
    whole = made(lacking(course(60, 2), 3, -np.inf))
    whole = replace(whole, table=whole.table.assign(x=course(60, 2).table["x"]))
    assert metric("missing_after").value(replace(c, synthetic=whole), rng=0) == pytest.approx(abs(mechanism(c.holdout)))


def test_where_no_real_value_is_missing_there_is_nothing_to_compare() -> None:
    c = comparison()
    parts = {name: getattr(c, name) for name in ("train", "holdout")}
    whole = {name: replace(one, table=one.table.assign(y=1.0)) for name, one in parts.items()}
    with pytest.raises(NotApplicable):
        metric("missing_after").value(replace(c, **whole), rng=0)
