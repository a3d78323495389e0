"""Blur against what a Gaussian does to a point and to a wave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice


def blurred(values: np.ndarray, sigma: float, *spacing: float) -> np.ndarray:
    own = lattice(*values.shape[: len(spacing)], spacing=spacing)
    return transform("blur").apply(Image(values, own, Levels(0.0, 255.0)), {"sigma": sigma}).values


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.5, 0.5), (2.0, 1.0), (3.0, 1.5, 1.0)])
def test_a_point_becomes_as_wide_along_every_axis_in_space(spacing: tuple[float, ...]) -> None:
    shape = (41,) * len(spacing)
    values = np.zeros(shape, np.float32)
    values[(20,) * len(spacing)] = 1
    made = blurred(values, 3.0, *spacing)
    assert made.sum() == pytest.approx(1, abs=1e-5)
    for place in lattice(*shape, spacing=spacing).places():
        width = np.sqrt((made * place**2).sum())
        assert width == pytest.approx(3 * min(spacing), rel=2e-3)


def test_a_wave_is_damped_as_the_transform_of_a_gaussian_says() -> None:
    wave = 2 * np.pi * np.arange(200) / 10
    values = np.tile(np.cos(wave), (5, 1)).astype(np.float32)
    made = blurred(values, 1.5, 1.0, 1.0)
    damped = np.exp(-((2 * np.pi / 10) ** 2) * 1.5**2 / 2)
    np.testing.assert_allclose(made[:, 20:-20], damped * values[:, 20:-20], atol=1e-3)


def test_bytes_are_rounded_and_channels_stay_apart() -> None:
    values = np.zeros((9, 9, 3), np.uint8)
    values[4, 4] = (0, 100, 200)
    made = blurred(values, 1.0, 1.0, 1.0)
    kernel = np.exp(-(np.arange(-4.0, 5.0) ** 2) / 2)
    kernel = np.outer(kernel, kernel) / kernel.sum() ** 2
    assert np.array_equal(made, np.floor(kernel[..., None] * [0, 100, 200] + 0.5))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_what_is_even_stays(dtype: str) -> None:
    values = np.full((7, 8), 77, dtype)
    made = blurred(values, 2.0, 1.0, 1.0)
    assert made.dtype == values.dtype
    np.testing.assert_allclose(made, values, rtol=1e-6)


@pytest.mark.parametrize("wrong", [{"sigma": 1.0}, {"sigma": [-1, 1]}, {"sigma": [2, 1]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="sigma"):
        transform("blur", **wrong)
