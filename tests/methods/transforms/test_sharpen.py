"""Sharpening against its formula for waves and steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice


def sharpened(values: np.ndarray, amount: float, sigma: float) -> np.ndarray:
    image = Image(values, lattice(*values.shape), Levels(0.0, 255.0))
    return transform("sharpen").apply(image, {"amount": amount, "sigma": sigma}).values


def test_a_wave_gains_what_a_blur_would_take() -> None:
    values = np.tile(np.cos(2 * np.pi * np.arange(200) / 8), (5, 1)).astype(np.float32)
    made = sharpened(values, 0.7, 1.5)
    gain = 1 + 0.7 * (1 - np.exp(-((2 * np.pi / 8) ** 2) * 1.5**2 / 2))
    np.testing.assert_allclose(made[:, 20:-20], gain * values[:, 20:-20], atol=1e-3)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_slopes_stay_and_steps_overshoot_within_the_type(dtype: str) -> None:
    ramp = np.tile(np.arange(60), (5, 1)).astype(dtype)
    np.testing.assert_allclose(sharpened(ramp, 2.0, 1.0)[:, 10:-10], ramp[:, 10:-10], atol=1e-4)
    top = 1 if dtype == "float32" else np.iinfo(dtype).max
    step = np.zeros((5, 40), dtype)
    step[:, 20:] = top
    made = sharpened(step, 1.0, 1.0)
    assert made.dtype == step.dtype
    if dtype == "float32":
        inner = 0.5 + 1 / np.sqrt(8 * np.pi)  # a half, and half the weight of the middle of the kernel
        assert made[0, 20] == pytest.approx(2 - inner, abs=0.01)
        assert made[0, 19] == pytest.approx(inner - 1, abs=0.01)
    elif dtype != "int16":
        assert np.array_equal(made, step)


@pytest.mark.parametrize("wrong", [{"amount": 1.0}, {"amount": [-1, 1]}, {"sigma": [2, 1]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("sharpen", **wrong)
