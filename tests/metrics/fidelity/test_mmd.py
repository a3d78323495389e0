"""MMD against the sums written out, and its permutation test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel

from comparisons import comparison_of, numbers
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.fidelity.two_sample import discrepancy


def test_is_the_unbiased_estimate_with_the_median_bandwidth_of_training() -> None:
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(size=(40, 3)), rng.normal(size=(40, 3)), rng.normal(0.5, 1, size=(40, 3))
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (train, real, made)]
    width = np.median(pairwise_distances(z[0])[np.triu_indices(40, 1)])
    k = [rbf_kernel(a, b, gamma=1 / (2 * width**2)) for a, b in ((z[1], z[1]), (z[2], z[2]), (z[1], z[2]))]
    off = ~np.eye(40, dtype=bool)
    expected = k[0][off].mean() + k[1][off].mean() - 2 * k[2].mean()
    assert metric("mmd").value(numbers(train, real, made), rng=0) == pytest.approx(expected)


def test_pairs_within_a_patient_do_not_count() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(7, 2))
    kernel = rbf_kernel(x)
    patients, sides = np.array([0, 0, 1, 2, 3, 4, 4]), np.array([0, 0, 0, 0, 1, 1, 1.0])
    parts = {}
    for name, keep in {"one": (1, 1), "two": (0, 0), "across": (0, 1)}.items():
        cells = [
            kernel[i, j]
            for i in range(7)
            for j in range(7)
            if (sides[i], sides[j]) == keep and patients[i] != patients[j]
        ]
        parts[name] = np.mean(cells)
    expected = parts["one"] + parts["two"] - 2 * parts["across"]
    assert discrepancy(kernel, patients, sides[None, :])[0] == pytest.approx(expected)


def _p(shift: float, seed: int, rows_per_patient: int = 1) -> float:
    rng = np.random.default_rng(seed)
    names = ["patient", "a", "b"]
    variables = [
        Variable(name="patient", kind="integer", role="subject"),
        *(Variable(name=n, kind="numeric") for n in ("a", "b")),
    ]
    frames = []
    for k, moved in enumerate((0.0, 0.0, shift)):
        patients = np.repeat(np.arange(24 // rows_per_patient), rows_per_patient)
        level = rng.normal(moved, 1, size=(len(patients), 2))[patients] + rng.normal(0, 0.05, size=(len(patients), 2))
        frames.append(pd.DataFrame(np.column_stack([patients + 1000 * k, level]), columns=names))
    comparison = comparison_of(*frames, variables)
    whole = comparison.synthetic.with_column("patient", frames[2]["patient"])  # keep which rows belong together
    return float(metric("mmd")._p(Comparison(comparison.train, comparison.holdout, whole), np.random.default_rng(seed)))


@pytest.mark.parametrize("rows_per_patient", [1, 3])
def test_the_permutation_test_holds_its_level(rows_per_patient: int) -> None:
    ps = np.array([_p(0.0, seed, rows_per_patient) for seed in range(60)])
    assert (ps <= 0.1).mean() <= 0.2  # six expected; eleven or fewer with probability 0.99
    assert ps.min() >= 1 / 1000
    assert 0.3 < np.median(ps) < 0.7


def test_the_permutation_test_has_power() -> None:
    assert _p(1.5, 0) < 0.01


def test_is_about_zero_for_equal_distributions_and_grows_with_the_shift() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(3, 100, 4))
    values = [metric("mmd").value(numbers(x[0], x[1], x[2] + shift), rng=0) for shift in (0, 0.5, 1, 2)]
    assert abs(values[0]) < 0.01
    assert values == sorted(values)


def test_large_tables_are_drawn_from() -> None:
    x = np.random.default_rng(4).normal(size=(3, 3000, 2))
    assert abs(metric("mmd").value(numbers(*x), rng=0)) < 0.005
