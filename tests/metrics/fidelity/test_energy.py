"""Energy distance against scipy and a closed form, and its permutation test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance, norm

from comparisons import comparison_of, numbers
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, metric


def test_is_that_of_scipy_without_the_pairs_of_a_row_with_itself() -> None:
    """scipy's is the root of the V-statistic, in which each row is a pair with itself."""
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(size=(40, 1)), rng.normal(size=(35, 1)), rng.gamma(2, size=(30, 1))
    x, y = ((a - train.mean()) / train.std() for a in (real, made))
    biased = energy_distance(x[:, 0], y[:, 0]) ** 2
    expected = biased - cdist(x, x).mean() / 34 - cdist(y, y).mean() / 29
    assert metric("energy").value(numbers(train, real, made), rng=0) == pytest.approx(expected)


def test_a_shift_between_normal_distributions() -> None:
    """Twice E|N(d, 2)| - E|N(0, 2)|, on the quantiles of the distributions."""
    d, x = 1.5, norm.ppf((np.arange(1000)[:, None] + 0.5) / 1000)
    expected = 2 * d * (2 * norm.cdf(d / np.sqrt(2)) - 1) + 4 * (np.exp(-(d**2) / 4) - 1) / np.sqrt(np.pi)
    assert metric("energy").value(numbers(x, x, x + d), rng=0) == pytest.approx(expected, rel=0.01)


def visits(shift: float, seed: int, rows_each: int = 3) -> Comparison:
    """Twelve patients a side with visits that are nearly alike."""
    rng, frames = np.random.default_rng(seed), []
    for k, moved in enumerate((0.0, 0.0, shift)):
        patient = np.repeat(np.arange(12), rows_each)
        level = rng.normal(moved, 1, (12, 2))[patient] + rng.normal(0, 0.05, (len(patient), 2))
        frames.append(pd.DataFrame({"patient": patient + 100 * k, "a": level[:, 0], "b": level[:, 1]}))
    variables = [Variable(name="patient", kind="integer", role="subject")]
    variables += [Variable(name=name, kind="numeric") for name in "ab"]
    comparison = comparison_of(*frames, variables)
    kept = comparison.synthetic.with_column("patient", frames[2]["patient"])  # which rows belong together
    return Comparison(comparison.train, comparison.holdout, kept)


def test_pairs_within_a_patient_do_not_count() -> None:
    """Each row three times over changes nothing."""
    once = visits(1.0, 3, rows_each=1)
    parts = [c.take(np.repeat(np.arange(12), 3)) for c in (once.train, once.holdout, once.synthetic)]
    value = metric("energy").value(Comparison(*parts), rng=0)
    assert value == pytest.approx(metric("energy").value(once, rng=0), rel=1e-9)


def test_the_permutation_test_holds_its_level_and_has_power() -> None:
    ps = np.array([metric("energy")._p(visits(0.0, seed), np.random.default_rng(seed)) for seed in range(60)])
    assert (ps <= 0.1).mean() <= 0.2  # six expected; eleven or fewer with probability 0.99
    assert 0.3 < np.median(ps) < 0.7
    assert metric("energy")._p(visits(2.0, 0), np.random.default_rng(0)) < 0.01
    assert metric("energy")._p(visits(20.0, 0), np.random.default_rng(0)) == 1 / 1000  # it is one of its permutations


def test_a_planted_shift_leaves_the_null() -> None:
    x = np.random.default_rng(5).normal(size=(3, 100, 3))
    fresh, moved = (metric("energy").measure(numbers(x[0], x[1], x[2] + shift), rng=0) for shift in (0.0, 0.7))
    assert fresh.null is not None and moved.null is not None
    assert fresh.null.low <= fresh.value <= fresh.null.high
    assert moved.value > moved.low > moved.null.high
    assert moved.p is not None and moved.p < 0.01
