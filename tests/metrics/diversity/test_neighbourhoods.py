"""What is kept for the next metric is given for the same rows and patients alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewfold.metrics.diversity import neighbourhoods
from fewfold.metrics.diversity.neighbourhoods import counted, counts
from fewfold.metrics.points import Points
from fewfold.study.measuring import _kin

N = 40


def points() -> Points:
    rng = np.random.default_rng(0)
    return Points(*rng.normal(size=(3, N, 2)), np.arange(N), np.arange(N))


def test_other_rows_or_patients_are_counted_anew() -> None:
    one = points()
    pairs = np.arange(N) // 4
    others = [
        replace(one, synthetic=one.synthetic + 0.5),
        replace(one, holdout=one.holdout * 2),
        replace(one, holdout=one.synthetic, synthetic=one.holdout),
        replace(one, real=pairs),
        replace(one, made=pairs),
    ]
    known = [counts(each) for each in (one, *others)]
    assert len(set(known)) == len(known)
    assert known == [counted(each) for each in (one, *others)]


def test_the_same_rows_are_counted_once(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    first = counts(points())
    monkeypatch.setattr(neighbourhoods, "counted", None)
    assert counts(points()) == first


def test_one_worker_measures_metrics_that_share_their_distances() -> None:
    assert _kin(["coverage", "ks", "recall"]) == [["coverage", "recall"], ["ks"]]
