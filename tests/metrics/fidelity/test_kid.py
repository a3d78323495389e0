"""The kernel inception distance against closed forms, an independent formula and planted faults."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from comparisons import numbers
from fewfold.core.types import Floats
from fewfold.data.features.random_network import RandomNetwork
from fewfold.metrics.base import metric
from fewfold.metrics.fidelity.kid import polynomial
from fewfold.metrics.fidelity.two_sample import discrepancy
from fewfold.metrics.spaces import in_space
from images import clouds, images_compared


def test_two_against_two_by_hand() -> None:
    """Real at 1 and -1, made at 2 and 0, one coordinate. Kernels of pairs: real (-1 + 1)^3 = 0, made (0 + 1)^3 = 1;
    across 27, 1, -1 and 1, whose mean is 7. 0 + 1 - 2 x 7 = -13."""
    rows = np.array([[1.0], [-1.0], [2.0], [0.0]])
    found = discrepancy(polynomial(rows), np.arange(4), np.array([[0.0, 0.0, 1.0, 1.0]]))
    assert found[0] == -13


def independent(x: Floats, y: Floats) -> float:
    """As the sum over pairs is written in the paper, by scikit-learn's kernel."""
    from sklearn.metrics.pairwise import polynomial_kernel

    xx, yy, xy = (polynomial_kernel(a, b, degree=3, gamma=1 / x.shape[1], coef0=1) for a, b in ((x, x), (y, y), (x, y)))
    m, n = len(x), len(y)
    within = (xx.sum() - np.trace(xx)) / (m * (m - 1)) + (yy.sum() - np.trace(yy)) / (n * (n - 1))
    return float(within - 2 * xy.mean())


def test_agrees_with_an_independent_formula() -> None:
    rng = np.random.default_rng(3)
    train, real, made = rng.gamma(2.0, size=(3, 30, 5))
    made += 0.3
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (real, made)]
    assert metric("kid").value(numbers(train, real, made), rng=0) == pytest.approx(independent(*z), rel=1e-10)


def test_images_of_one_patient_are_no_pair() -> None:
    rows = np.random.default_rng(0).normal(size=(6, 3))
    patients, sides = np.array([0, 0, 1, 2, 2, 3]), np.array([[0.0, 0, 0, 1, 1, 1]])
    k = polynomial(rows)
    expected = (k[0, 2] + k[1, 2]) / 2 + (k[3, 5] + k[4, 5]) / 2 - 2 * k[:3, 3:].mean()
    assert discrepancy(k, patients, sides)[0] == pytest.approx(expected)


SPACE = RandomNetwork(value_range=(0.0, 1.0))


def test_blurred_images_are_seen() -> None:
    fields = clouds(120)
    blurred = [gaussian_filter(field, 4) for field in fields[80:]]
    seen = metric("kid").measure(in_space(images_compared(fields[:40], fields[40:80], blurred), SPACE), rng=0)
    assert seen.null is not None and seen.value > seen.null.high
    assert seen.p is not None and seen.p <= 0.01
    assert seen.space == SPACE.identity


def test_fresh_images_seldom_are() -> None:
    found = []
    for seed in range(10):
        fields = clouds(120, seed=seed)
        fresh = in_space(images_compared(fields[:40], fields[40:80], fields[80:]), SPACE)
        found.append(metric("kid")._p(fresh, np.random.default_rng(0)))
    assert sum(p is not None and p <= 0.05 for p in found) <= 3  # more of 10 by chance: 0.001
