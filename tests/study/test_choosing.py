"""An arm that chooses its ratio: at most the largest of the protocol, nothing where it chooses none, and it says so."""

from __future__ import annotations

from typing import Any

import pytest

from cohorts import make_cohort
from fewfold.methods.generators.auto import Auto
from fewfold.report.html import render
from fewfold.study.study import Study
from study.small import SMALL

AUTO = {"method": "auto", "params": {"candidates": [{"method": "gaussian_copula"}], "ratios": [1]}}
FITS = 3
SETTINGS = {**SMALL, "ratios": [1, 2], "methods": [AUTO], "repeats": 1, "folds": FITS, "metric_splits": 2}


def result(monkeypatch: pytest.MonkeyPatch, chosen: float | None = None) -> Any:
    if chosen is not None:
        fit = Auto._fit

        def fixed(self: Any, *given: Any) -> None:
            fit(self, *given)
            self.ratio, self.choice = chosen, f"as told, {chosen:g}"

        monkeypatch.setattr(Auto, "_fit", fixed)
    return Study(make_cohort(60), **SETTINGS).run()


def test_there_is_one_verdict_at_the_largest_ratio_and_the_choices_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = result(monkeypatch)
    assert [(v.method, v.ratio) for v in told.verdicts] == [("auto", 2.0)]
    (algorithm,) = [a for a in told.provenance.algorithms if a.name == "auto"]
    assert sum(algorithm.choices.values()) == FITS
    assert all(choice == "none" or choice.startswith("gaussian_copula, ") for choice in algorithm.choices)
    assert f"of {FITS} fits" in render(told)


def test_none_is_no_augmentation_to_the_last_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    told = result(monkeypatch, 0.0)
    values = {
        (m.method, m.name, m.learner): m.value for m in told.metrics if m.learner and m.method in ("auto", "none")
    }
    pairs = [(value, values["none", name, learner]) for (arm, name, learner), value in values.items() if arm == "auto"]
    assert pairs
    assert all(mine == none for mine, none in pairs)
    assert told.verdicts[0].verdict == "no_evidence"


def test_rows_are_added_where_it_chooses_some(monkeypatch: pytest.MonkeyPatch) -> None:
    told = result(monkeypatch, 1.5)
    values = {(m.method, m.name): m.value for m in told.metrics if m.learner == "logistic" and m.name == "log_loss"}
    assert values["auto", "log_loss"] != values["none", "log_loss"]
