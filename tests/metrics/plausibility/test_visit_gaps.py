"""Gaps between visits against pandas and scipy, and what all metrics of visits share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from comparisons import as_synthetic
from courses import comparison, irregulars, known
from fewfold.core.errors import NotApplicable
from fewfold.metrics.base import METRICS, Comparison, metric
from fewfold.metrics.visits import VisitsMetric

ALL = [kind.card.name for kind in METRICS if issubclass(kind, VisitsMetric)]


def test_they_are_there() -> None:
    assert ALL == ["autocorrelation", "dropout", "missing_after", "slopes", "visit_gaps"]


@pytest.mark.parametrize("seed", range(3))
def test_is_the_distance_of_scipy(seed: int) -> None:
    c = irregulars(seed=seed, gap=120)
    c = replace(c, synthetic=c.synthetic.take(np.flatnonzero(np.isin(c.synthetic.subjects, np.arange(25)))))
    gaps = [known(part).groupby("id")["day"].diff().dropna() for part in (c.train, c.holdout, c.synthetic)]
    expected = wasserstein_distance(gaps[1], gaps[2]) / gaps[0].mean()
    assert metric("visit_gaps").value(c, rng=0) == pytest.approx(expected)
    details = metric("visit_gaps").details(c)
    assert details == {"real median": gaps[1].median(), "synthetic median": gaps[2].median()}


def test_visits_twice_as_far_apart_are_one_usual_gap_off() -> None:
    c = comparison()
    doubled = c.synthetic.with_column("day", c.synthetic.table["day"] * 2)
    assert metric("visit_gaps").value(c, rng=0) == 0
    assert metric("visit_gaps").value(replace(c, synthetic=doubled), rng=0) == pytest.approx(1)


def test_other_gaps_leave_the_null() -> None:
    fresh, wider = (metric("visit_gaps").measure(irregulars(seed=3, gap=gap), rng=0) for gap in (90, 140))
    assert fresh.null is not None and wider.null is not None
    assert fresh.null.low <= fresh.value <= fresh.null.high
    assert wider.value > wider.low > wider.null.high


@pytest.mark.parametrize("name", ALL)
def test_some_patients_counted_are_some_patients_taken(name: str) -> None:
    c, rng = irregulars(seed=4), np.random.default_rng(0)
    parts = (c.train, c.holdout, c.synthetic)
    rows = tuple(np.flatnonzero(np.isin(p.subjects, rng.permutation(np.unique(p.subjects))[:40])) for p in parts)
    taken = Comparison(*(p.take(r) for p, r in zip(parts, rows, strict=True)))
    assert len(taken.holdout) < len(c.holdout)
    counted = metric(name)._of_rows(parts)(rows)  # type: ignore[misc]
    assert counted == pytest.approx(metric(name)._value(taken, rng), abs=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_the_order_of_rows_and_the_unit_of_time_do_not_matter(name: str) -> None:
    c, rng = irregulars(seed=5), np.random.default_rng(1)
    value = metric(name).value(c, rng=0)
    same_size = metric(name)._value(c, rng)
    parts = [p.take(rng.permutation(len(p))) for p in (c.train, c.holdout, c.synthetic)]
    assert metric(name)._value(Comparison(*parts), rng) == pytest.approx(same_size)
    years = [p.with_column("day", p.table["day"] / 365.25) for p in (c.train, c.holdout, c.synthetic)]
    assert metric(name).value(Comparison(*years), rng=0) == pytest.approx(value)


@pytest.mark.parametrize("name", ALL)
def test_estimates_are_well_formed_and_repeatable(name: str) -> None:
    c = irregulars(seed=6)
    found, card = metric(name).measure(c, rng=0), METRICS.get(name).card
    assert card.bounds[0] <= found.low <= found.value <= found.high <= card.bounds[1]
    assert found.null is not None and found.null.low < found.null.high
    assert found == metric(name).measure(c, rng=0)
    assert not card.finding


@pytest.mark.parametrize("name", ALL)
def test_rows_that_are_no_visits_give_the_reason(name: str) -> None:
    c = comparison()
    untimed = c.synthetic.with_column("day", np.full(240, np.nan))
    with pytest.raises(NotApplicable, match="0 synthetic ones have"):
        metric(name).value(replace(c, synthetic=untimed), rng=0)
    once = replace(c, holdout=c.holdout.take(np.arange(0, 240, 6)))
    with pytest.raises(NotApplicable, match="0 real ones have"):
        metric(name).value(once, rng=0)
    if name != "dropout":  # which is about just that
        with pytest.raises(NotApplicable, match="two visits"):
            metric(name).value(replace(c, synthetic=as_synthetic(c.synthetic)), rng=0)
