"""Jitter of stains, against slides whose concentrations are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice
from methods.transforms.slides import altered, light

# Haematoxylin, eosin, DAB as Ruifrok and Johnston print them.
PRINTED = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
UNIT = PRINTED / np.linalg.norm(PRINTED, axis=1, keepdims=True)
GAIN, BIAS = [1.1, 0.8, 0.9], [0.05, 0.02, 0.03]
AMOUNTS = np.random.default_rng(0).uniform(0, 0.5, (20, 30, 3))


def test_each_stain_gets_its_gain_and_its_bias() -> None:
    given = light(AMOUNTS, UNIT).astype(np.float32)
    wanted = light(AMOUNTS * GAIN + BIAS, UNIT)
    np.testing.assert_allclose(altered("hed_jitter", given, gain=GAIN, bias=BIAS), wanted, atol=2e-6)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_agree_with_floats(dtype: str) -> None:
    given = np.round(light(AMOUNTS, UNIT) * 255).astype(dtype)
    floats = altered("hed_jitter", (given / 255).astype(np.float32), gain=GAIN, bias=BIAS) * 255
    made = altered("hed_jitter", given, 0, 255, gain=GAIN, bias=BIAS)
    assert made.dtype == dtype
    np.testing.assert_allclose(made, floats, atol=0.501)


def test_no_gain_and_no_bias_change_no_byte() -> None:
    every = np.random.default_rng(1).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    every[0, 0], every[0, 1] = 0, 255
    assert np.array_equal(altered("hed_jitter", every, 0, 255, gain=[1, 1, 1], bias=[0, 0, 0]), every)


def test_white_stays_white_under_a_gain_alone() -> None:
    white = np.full((4, 4, 3), 255, np.uint8)
    assert np.array_equal(altered("hed_jitter", white, 0, 255, gain=[3, 3, 3], bias=[0, 0, 0]), white)


def test_grey_images_are_refused() -> None:
    image = Image(np.zeros((5, 5), np.uint8), lattice(5, 5), Levels(0.0, 255.0))
    with pytest.raises(BadInput, match="red, green and blue for hed_jitter"):
        transform("hed_jitter").apply(image, {"gain": GAIN, "bias": BIAS})


@pytest.mark.parametrize("wrong", [{"gain": [-1, 1]}, {"gain": [2, 1]}, {"bias": 2}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("hed_jitter", **wrong)
