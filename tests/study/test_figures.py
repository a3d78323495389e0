"""The numbers behind the pictures, against counts by hand and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from scipy import stats

from cohorts import make_cohort
from fewfold.methods.generators.bayesian_network import BayesianNetwork
from fewfold.report.html import render
from fewfold.study import figures
from fewfold.study.kaplan import kaplans
from fewfold.study.study import Study
from study.small import SMALL


@pytest.mark.parametrize(("events", "n"), [(0, 10), (3, 10), (10, 10), (17, 62)])
def test_wilson_agrees_with_scipy(events, n):
    expected = stats.binomtest(events, n).proportion_ci(method="wilson")
    assert figures._wilson(events, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_shares_are_those_of_the_table():
    cohort = make_cohort(120)
    drawn = Study(cohort, **SMALL).run().figures
    levels = next(d for d in drawn.distributions if d.variable == "origin")
    assert levels.real == pytest.approx(cohort.table["origin"].value_counts(normalize=True)[levels.levels].tolist())
    assert levels.missing_real == pytest.approx(cohort.table["origin"].isna().mean())
    bins = next(d for d in drawn.distributions if d.variable == "age")
    expected = np.histogram(cohort.table["age"], bins.edges)[0] / 120
    assert bins.real == pytest.approx(expected.tolist())
    assert sum(bins.synthetic["gaussian_copula"]) == pytest.approx(1)
    assert drawn.associations.variables == [v.name for v in cohort.schema.modelled]


def test_a_network_is_that_of_the_whole_cohort():
    cohort = make_cohort(120)
    spec = {"method": "bayesian_network", "params": {"required": [["age", "stage"]]}, "label": "told"}
    result = Study(cohort, **{**SMALL, "methods": ["gaussian_copula", spec]}).run()
    (drawn,) = result.figures.networks
    told = {(edge.parent, edge.child): edge.strength for edge in drawn.edges}
    fitted = BayesianNetwork(required=[["age", "stage"]]).fit(cohort, rng=0)  # the graph needs no seed
    assert drawn.method == "told"
    assert told == pytest.approx({(parent, child): strength for parent, child, strength in fitted.edges}, abs=1e-4)
    assert ("age", "stage") in told
    assert "Networks" in render(result)


def test_calibration_groups_hold_every_patient_once():
    cohort = make_cohort(120)
    curves = Study(cohort, **SMALL).run().figures.calibration
    assert {c.method for c in curves} == {"none", "duplication", "gaussian_copula"}
    for curve in curves:
        assert sum(curve.n) == 120
        assert sum(o * n for o, n in zip(curve.observed, curve.n, strict=True)) == pytest.approx(cohort.y.sum())
        assert curve.predicted == sorted(curve.predicted)


def test_curves_are_those_of_the_follow_up_and_of_the_censoring():
    cohort = make_cohort(90, task="survival")
    fresh = make_cohort(60, task="survival", seed=1)
    nothing = make_cohort(60, task="survival", seed=2)
    nothing = nothing.with_column("dead", nothing.table["dead"].where(np.zeros(60, dtype=bool)))
    event, lost = kaplans(cohort, {"a": fresh, "none of it": nothing})
    assert (event.ending, lost.ending, event.unit) == ("event", "censoring", "mo")
    assert list(event.synthetic) == ["a"]
    at = np.array(event.times)
    for told, happened in ((event, lambda y: y > 0), (lost, lambda y: y <= 0)):
        for own, shown in ((cohort, told.real), (fresh, told.synthetic["a"])):
            known = KaplanMeierFitter().fit(np.abs(own.y), happened(own.y)).survival_function_at_times(at)
            assert shown == pytest.approx(known.tolist(), abs=1e-4)
    assert np.mean(np.abs(cohort.y) > at[-1]) <= 0.1
    assert kaplans(make_cohort(), {"a": make_cohort()}) == []
