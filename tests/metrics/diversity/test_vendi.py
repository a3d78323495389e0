"""Effective numbers of patients: closed forms, scikit-learn's kernel, and the same number on both sides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import entropy
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel

from comparisons import comparison_of, numbers
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.diversity.effective import _evenly
from fewfold.metrics.diversity.rke import Rke
from fewfold.metrics.diversity.vendi import Vendi


def clusters(*sizes: int) -> np.ndarray:
    """Rows of which those of one cluster are equal, and those of different ones far apart."""
    return np.repeat(1e3 * np.eye(len(sizes)), sizes, axis=0)


def test_clusters_far_apart_are_counted() -> None:
    assert Vendi()._number(clusters(10, 10, 10), 1.0) == pytest.approx(3)
    assert Rke()._number(clusters(10, 10, 10), 1.0) == pytest.approx(3)
    assert Vendi()._number(clusters(30, 10), 1.0) == pytest.approx(np.exp(entropy([0.75, 0.25])))
    assert Rke()._number(clusters(30, 10), 1.0) == pytest.approx(1 / (0.75**2 + 0.25**2))
    assert Vendi()._number(1e3 * np.eye(17), 1.0) == pytest.approx(17)


def effective(x: np.ndarray, width: float) -> tuple[float, float]:
    shares = np.linalg.svd(rbf_kernel(x, gamma=1 / (2 * width**2)) / len(x), compute_uv=False)
    return float(np.exp(entropy(shares))), float(1 / np.sum(shares**2))


def test_ratios_of_scikit_learns_kernel() -> None:
    train, real, made = np.random.default_rng(1).normal(size=(3, 40, 3)) * [[[1.0]], [[1.2]], [[0.7]]]
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (train, real, made)]
    width = float(np.median(pairwise_distances(z[0])[np.triu_indices(40, 1)]))
    of_made, of_real = effective(z[2], width), effective(z[1], width)
    for k, name in enumerate(("vendi", "rke")):
        value = metric(name).value(numbers(train, real, made), rng=0)
        assert value == pytest.approx(of_made[k] / of_real[k])
        assert value < 0.9


def test_as_many_patients_on_both_sides() -> None:
    """Fresh rows give about 1 whatever the sizes, where the bare scores grow with them."""
    rng = np.random.default_rng(2)
    for sizes in ((100, 30, 100), (100, 100, 30), (40, 100, 500)):
        comparison = numbers(*(rng.normal(size=(n, 4)) for n in sizes))
        found = metric("vendi").measure(comparison, rng=0)
        assert found.value == pytest.approx(1, abs=0.15)
        assert found.null is not None and found.null.low <= found.value <= found.null.high
        assert found.low < 1 < found.high


def test_the_larger_side_is_thinned_evenly_and_patients_count_once() -> None:
    real, made = _evenly(np.array([7, 7, 3, 3, 9, 1]), np.arange(10))
    assert real.tolist() == [0, 2, 4, 5]
    assert made.tolist() == [0, 2, 5, 7]
    once, _ = _evenly(np.arange(6), np.arange(6))
    assert once.tolist() == list(range(6))


def test_visits_do_not_make_patients_less_varied() -> None:
    rng, frames = np.random.default_rng(3), []
    for k, visits in enumerate((1, 4, 1)):
        level = np.repeat(rng.normal(size=(30, 2)), visits, axis=0)
        patient = np.repeat(np.arange(30), visits) + 100 * k
        frames.append(pd.DataFrame({"patient": patient, "a": level[:, 0], "b": level[:, 1]}))
    variables = [Variable(name="patient", kind="integer", role="subject")]
    comparison = comparison_of(*frames, [*variables, *(Variable(name=n, kind="numeric") for n in "ab")])
    single = Comparison(comparison.train, comparison.holdout.take(np.arange(0, 120, 4)), comparison.synthetic)
    for name in ("vendi", "rke"):
        assert metric(name).value(comparison, rng=0) == pytest.approx(metric(name).value(single, rng=0))


@pytest.mark.parametrize("name", ["vendi", "rke"])
def test_collapse_and_noise_leave_the_null_on_either_side(name: str) -> None:
    rng = np.random.default_rng(4)
    train, real, fresh = (rng.normal(size=(120, 3)) + 6.0 * (np.arange(120) % 3)[:, None] for _ in range(3))
    null = metric(name).measure(numbers(train, real, fresh), rng=0).null
    assert null is not None
    assert null.low < 1 < null.high
    assert metric(name).value(numbers(train, real, np.repeat(fresh[::3], 3, axis=0)), rng=0) < null.low
    assert metric(name).value(numbers(train, real, rng.uniform(-8, 20, size=(120, 3))), rng=0) > null.high
