"""Gaussian noise against the normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest, norm

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice


def noisy(values: np.ndarray, low: float, high: float, **drawn: Any) -> np.ndarray:
    image = Image(values.copy(), lattice(*values.shape[:2]), Levels(low, high))
    return transform("gaussian_noise").apply(image, {"seed": 7, **drawn}).values


def test_the_noise_is_normal_with_the_drawn_spread() -> None:
    values = np.tile(np.linspace(-1000, 3000, 400, dtype=np.float32), (400, 1))
    added = (noisy(values, -1000, 3000, sd=0.05) - values) / 200
    assert kstest(added.ravel(), "norm").pvalue > 0.01
    assert np.corrcoef(added.ravel(), values.ravel())[0, 1] == pytest.approx(0, abs=0.01)
    assert np.corrcoef(added[:, 1:].ravel(), added[:, :-1].ravel())[0, 1] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_are_rounded_without_bias_and_kept_to_their_type(dtype: str) -> None:
    limits = np.iinfo(dtype)
    middle = np.full((300, 300), (int(limits.max) + int(limits.min)) // 2, dtype)
    made = noisy(middle, 0, 100, sd=0.1)
    assert made.dtype == middle.dtype
    added = made.astype(float) - middle
    assert added.mean() == pytest.approx(0, abs=0.15)
    assert added.var() == pytest.approx(100 + 1 / 12, rel=0.03)
    top = noisy(np.full((300, 300), limits.max, dtype), 0, 100, sd=0.1)
    assert (top == limits.max).mean() == pytest.approx(norm.cdf(0.05), abs=0.01)


@pytest.mark.parametrize("wrong", [0.1, [-0.1, 0.1], [0.0, 1.5]])
def test_parameters_out_of_range_are_refused(wrong: Any) -> None:
    with pytest.raises(BadInput, match="sd"):
        transform("gaussian_noise", sd=wrong)


def test_the_field_is_told_by_the_seed() -> None:
    values = np.full((30, 30, 3), 50, np.float32)
    one = noisy(values, 0, 100, sd=0.1)
    assert np.array_equal(one, noisy(values, 0, 100, sd=0.1))
    assert (one != noisy(values, 0, 100, sd=0.1, seed=8)).mean() > 0.99
    assert (one[..., 0] != one[..., 1]).mean() > 0.99
    seeds = {transform("gaussian_noise").draw(np.random.default_rng(k), lattice(9, 9))["seed"] for k in range(50)}  # type: ignore[index]
    assert len(seeds) == 50
    assert max(seeds) < 2**53
