"""Poisson noise against the Poisson distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import poisson

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice


def noisy(values: np.ndarray, low: float, high: float, **drawn: Any) -> np.ndarray:
    image = Image(values.copy(), lattice(*values.shape[:2]), Levels(low, high))
    return transform("poisson_noise").apply(image, {"seed": 7, **drawn}).values


@pytest.mark.parametrize("photons", [4.0, 60.0, 2000.0])
def test_counts_have_the_mean_and_the_variance_of_their_mean(photons: float) -> None:
    for share in (0.0, 0.1, 0.5, 1.0):
        values = np.full((300, 300), -100 + 400 * share, np.float32)
        counts = (noisy(values, -100, 300, photons=photons).astype(float) + 100) / 400 * photons
        mean = share * photons
        np.testing.assert_allclose(counts, np.round(counts), atol=0.01)
        assert counts.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / counts.size) + 1e-9)
        assert counts.var() == pytest.approx(mean, rel=0.05)
        if mean:
            seen = np.bincount(np.round(counts).astype(int).ravel()) / counts.size
            wanted = poisson.pmf(np.arange(seen.size), mean)
            assert np.abs(seen - wanted).max() < 0.006


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_keep_their_type_and_limits(dtype: str) -> None:
    values = np.full((200, 200), 250, dtype)
    made = noisy(values, 0, 255, photons=50.0)
    assert made.dtype == values.dtype
    if dtype == "uint8":
        assert made.max() == 255
        away = made[made < 255] / 5.1 - np.round(made[made < 255] / 5.1)
        assert np.abs(away * 5.1).max() <= 0.5 + 1e-9
    else:
        assert made.mean() == pytest.approx(250, abs=1)


def test_what_is_no_number_and_what_is_below_the_range() -> None:
    values = np.array([[np.nan, -5.0, np.inf, 0.0]], np.float32)
    assert np.array_equal(noisy(values, 0, 1, photons=50.0), [[np.nan, 0, np.inf, 0]], equal_nan=True)
    flat = np.full((4, 4), 3, np.int16)
    assert np.array_equal(noisy(flat, 3, 3, photons=50.0), flat)


@pytest.mark.parametrize("wrong", [100.0, [0, 10], [100, 50]])
def test_parameters_out_of_range_are_refused(wrong: Any) -> None:
    with pytest.raises(BadInput, match="photons"):
        transform("poisson_noise", photons=wrong)


def test_photons_are_drawn_evenly_in_their_logarithm() -> None:
    kind = transform("poisson_noise", photons=[10.0, 1000.0])
    seen = [kind.draw(np.random.default_rng(k), lattice(9, 9))["photons"] for k in range(1000)]  # type: ignore[index]
    assert np.mean(np.array(seen) < 100) == pytest.approx(0.5, abs=0.05)


def test_the_field_is_told_by_the_seed() -> None:
    values = np.full((30, 30, 3), 50, np.float32)
    one = noisy(values, 0, 100, photons=30.0)
    assert np.array_equal(one, noisy(values, 0, 100, photons=30.0))
    assert (one != noisy(values, 0, 100, photons=30.0, seed=8)).mean() > 0.8
    assert (one[..., 0] != one[..., 1]).mean() > 0.8
    seeds = {transform("poisson_noise").draw(np.random.default_rng(k), lattice(9, 9))["seed"] for k in range(50)}  # type: ignore[index]
    assert len(seeds) == 50
    assert max(seeds) < 2**53
