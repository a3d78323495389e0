"""A result is given again for the same arrays and words alone, and only so many are kept."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.metrics import remembered
from fewfold.metrics.remembered import Remembered
from fewfold.study.measuring import _kin


def test_what_differs_is_computed_anew_and_the_same_is_not() -> None:
    x, y = np.arange(6.0), np.arange(3)
    asked = [
        ((x, y), ""),
        ((x + 1, y), ""),
        ((x, y + 1), ""),
        ((x,), ""),
        ((y, x), ""),
        ((x.reshape(2, 3), y), ""),
        ((x.view(np.int64), y), ""),
        ((x, y), "other"),
    ]
    results: Remembered[int] = Remembered()
    first = [results.of(*arrays, about=about, make=lambda k=k: k) for k, (arrays, about) in enumerate(asked)]
    again = [results.of(*(a.copy() for a in arrays), about=about, make=lambda: -1) for arrays, about in asked]
    assert first == again == list(range(len(asked)))


def test_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "KEPT", 2)
    results: Remembered[int] = Remembered()
    for k in range(3):
        results.of(np.array(k), make=lambda k=k: k)
    assert [results.of(np.array(k), make=lambda: -1) for k in (2, 1, 0)] == [2, 1, -1]


def test_one_worker_measures_metrics_that_share_results() -> None:
    assert _kin(["coverage", "ks", "recall"]) == [["coverage", "recall"], ["ks"]]
