"""Intervals and p-values against what the manual pages of R print, to the digits printed there."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.data.kaplan_meier import survival
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


def test_survfit() -> None:
    """survfit(Surv(time, status) ~ x, aml), the eleven patients whose therapy was maintained (Miller 1981, Survival
    analysis), in months: 0.909 after 9, and so on."""
    months = np.array([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], dtype=np.float64)
    relapsed = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0], dtype=bool)
    times, curve = survival(months, relapsed)
    at_relapse = curve[np.isin(times, months[relapsed])]
    assert at_relapse == pytest.approx([0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184], abs=5e-4)
