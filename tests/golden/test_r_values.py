"""Intervals and p-values against what the manual pages of R print, to the digits printed there."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.metrics.base import share_interval
from fewfold.study.intervals import Sampled, infer

# extra hours of sleep of ten patients under two drugs (Student 1908, 10.1093/biomet/6.1.1; R's data set `sleep`)
FIRST = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SECOND = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_binom_test() -> None:
    """?binom.test: 682 of 925 plants of Mendel (Conover 1971, p. 97f)."""
    found = share_interval(682, 925)
    assert (found.low, found.high) == pytest.approx((0.7076683, 0.7654066), abs=5e-8)


def test_paired_t_test() -> None:
    """?sleep: t = -4.0621, df = 9, p-value = 0.002833, 95 % from -2.4598858 to -0.7001142. With a
    vanishing test part the corrected resampled t is the t of the differences."""
    differences = FIRST - SECOND
    found = infer(Sampled(float(differences.mean()), differences, np.empty(0)), 1e-12)
    assert (found.low, found.high) == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)
    assert found.p == pytest.approx(0.002833, abs=5e-7)
