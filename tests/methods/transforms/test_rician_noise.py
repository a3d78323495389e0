"""Rician noise against the distribution of Rice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest, rice

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice


def noisy(values: np.ndarray, low: float, high: float, **drawn: Any) -> np.ndarray:
    image = Image(values.copy(), lattice(*values.shape[:2]), Levels(low, high))
    return transform("rician_noise").apply(image, {"seed": 7, **drawn}).values


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 0.9])
def test_magnitudes_follow_the_distribution_of_rice(share: float) -> None:
    values = np.full((300, 300), 20 + 1000 * share, np.float32)
    made = noisy(values, 20, 1020, sd=0.05).astype(float) - 20
    wanted = rice(share / 0.05, scale=50)
    assert kstest(made.ravel(), wanted.cdf).pvalue > 0.01
    assert made.mean() == pytest.approx(wanted.mean(), rel=0.01)
    assert (made**2).mean() == pytest.approx((1000 * share) ** 2 + 2 * 50**2, rel=0.02)
    if not share:
        assert made.mean() == pytest.approx(50 * np.sqrt(np.pi / 2), rel=0.01)  # Gudbjartsson and Patz 1995


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_keep_their_type_and_what_is_below_the_range_counts_as_no_signal(dtype: str) -> None:
    values = np.full((300, 300), 3, dtype)
    made = noisy(values, 10, 210, sd=0.05)
    assert made.dtype == values.dtype
    assert made.min() == 10
    assert made.mean() == pytest.approx(10 + 10 * np.sqrt(np.pi / 2), rel=0.01)
    assert noisy(np.full((300, 300), 255, np.uint8), 0, 255, sd=0.05).max() == 255


@pytest.mark.parametrize("wrong", [0.1, [-0.1, 0.1], [0.0, 1.5]])
def test_parameters_out_of_range_are_refused(wrong: Any) -> None:
    with pytest.raises(BadInput, match="sd"):
        transform("rician_noise", sd=wrong)


def test_the_field_is_told_by_the_seed() -> None:
    values = np.full((30, 30, 3), 50, np.float32)
    one = noisy(values, 0, 100, sd=0.1)
    assert np.array_equal(one, noisy(values, 0, 100, sd=0.1))
    assert (one != noisy(values, 0, 100, sd=0.1, seed=8)).mean() > 0.99
    assert (one[..., 0] != one[..., 1]).mean() > 0.99
    seeds = {transform("rician_noise").draw(np.random.default_rng(k), lattice(9, 9))["seed"] for k in range(50)}  # type: ignore[index]
    assert len(seeds) == 50
    assert max(seeds) < 2**53
