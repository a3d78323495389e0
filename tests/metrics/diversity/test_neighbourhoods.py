"""The four metrics are counted anew for other rows or other patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewfold.metrics.diversity.neighbourhoods import counted, counts
from fewfold.metrics.points import Points

N = 40


def test_other_rows_or_patients_are_counted_anew() -> None:
    one = Points(*np.random.default_rng(0).normal(size=(3, N, 2)), np.arange(N), np.arange(N))
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
