"""Saturation against Pillow, and against its formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import PIL.Image
import pytest
from PIL import ImageEnhance

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice

rng = np.random.default_rng(0)
BYTES = rng.integers(0, 256, (40, 50, 3)).astype(np.uint8)


def changed(values: np.ndarray, low: float = 0.0, high: float = 255.0, **drawn: Any) -> np.ndarray:
    return transform("saturation").apply(Image(values, lattice(*values.shape[:-1]), Levels(low, high)), drawn).values


@pytest.mark.parametrize("factor", [0.3, 0.9, 1.0, 1.7])
def test_bytes_are_those_of_pillow(factor: float) -> None:
    """Pillow rounds luma and cuts the blend off, which is up to one level each."""
    wanted = np.asarray(ImageEnhance.Color(PIL.Image.fromarray(BYTES)).enhance(factor)).astype(int)
    made = changed(BYTES, factor=factor).astype(int)
    assert np.abs(made - wanted).max() <= 1 + abs(1 - factor) / 2
    assert np.abs(made - wanted).mean() < 0.6


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_luma_and_grey_stay_and_differences_are_multiplied(dtype: str) -> None:
    values = rng.uniform(100, 150, (6, 7, 5, 3)).astype(dtype)  # a volume
    made = changed(values, factor=1.5)
    assert made.dtype == values.dtype
    given, after = values.astype(float), made.astype(float)
    slack = 1e-4 if dtype == "float32" else 1.0
    luma = given @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(after @ [0.299, 0.587, 0.114], luma, atol=slack)
    np.testing.assert_allclose(after[..., 0] - after[..., 1], 1.5 * (given[..., 0] - given[..., 1]), atol=slack)
    grey = np.repeat(np.arange(120, dtype=dtype).reshape(10, 12, 1), 3, axis=-1)
    np.testing.assert_allclose(changed(grey, factor=0.6), grey, rtol=1e-6)


def test_colours_stop_at_the_limits_of_bytes() -> None:
    made = changed(np.array([[[255, 0, 0]]], np.uint8), factor=3.0)
    assert made.tolist() == [[[255, 0, 0]]]


def test_grey_images_are_refused() -> None:
    for shape in ((5, 5), (5, 5, 1), (5, 5, 4)):
        image = Image(np.zeros(shape, np.uint8), lattice(5, 5), Levels(0.0, 255.0))
        with pytest.raises(BadInput, match="red, green and blue for saturation"):
            transform("saturation").apply(image, transform("saturation").draw(rng, lattice(5, 5)) or {})


@pytest.mark.parametrize("wrong", [{"factor": 2.0}, {"factor": [0, 1]}, {"factor": [2, 1]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("saturation", **wrong)
