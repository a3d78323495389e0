"""Hue against colorsys, and against what a turn must be."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice

rng = np.random.default_rng(0)
BYTES = rng.integers(0, 256, (40, 50, 3)).astype(np.uint8)


def changed(values: np.ndarray, low: float = 0.0, high: float = 255.0, **drawn: Any) -> np.ndarray:
    return transform("hue").apply(Image(values, lattice(*values.shape[:-1]), Levels(low, high)), drawn).values


@pytest.mark.parametrize("degrees", [-120.0, -36.0, 10.0, 90.0])
def test_chroma_turns_in_yiq_and_luma_stays(degrees: float) -> None:
    """The coefficients of colorsys have two digits: a hundredth, and a degree."""
    values = rng.random((20, 20, 3)).astype(np.float32)
    made = changed(values, 0, 1, degrees=degrees)
    for before, after in zip(values.reshape(-1, 3), made.reshape(-1, 3), strict=True):
        y, i, q = colorsys.rgb_to_yiq(*before.tolist())
        luma, *chroma = colorsys.rgb_to_yiq(*after.tolist())
        turn = np.exp(-1j * np.deg2rad(degrees))  # from red, near I, to green, away from Q
        wanted = complex(i, q) * turn
        assert luma == pytest.approx(y, abs=0.01)
        assert complex(*chroma) == pytest.approx(wanted, abs=0.02)


def test_above_zero_is_from_red_to_yellow_and_from_green_to_blue() -> None:
    for start in np.eye(3, dtype=np.float32) * 0.4 + 0.3:
        hue = colorsys.rgb_to_hsv(*start.tolist())[0]
        made = changed(start.reshape(1, 1, 3), 0, 1, degrees=20.0)[0, 0]
        assert 0.01 < colorsys.rgb_to_hsv(*made.tolist())[0] - hue < 0.15


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_turns_add_up_and_leave_grey_and_luma(dtype: str) -> None:
    values = rng.uniform(100, 150, (6, 7, 5, 3)).astype(dtype)  # a volume
    slack = 1e-3 if dtype == "float32" else 2.0
    there = changed(values, degrees=50.0)
    assert there.dtype == values.dtype
    np.testing.assert_allclose(there @ [0.299, 0.587, 0.114], values @ [0.299, 0.587, 0.114], atol=slack / 2)
    back = changed(there, degrees=-50.0)
    np.testing.assert_allclose(back.astype(float), values.astype(float), atol=slack)
    round_trip = values
    for _ in range(3):
        round_trip = changed(round_trip, degrees=120.0)
    np.testing.assert_allclose(round_trip.astype(float), values.astype(float), atol=2 * slack)
    grey = np.repeat(np.arange(120, dtype=dtype).reshape(10, 12, 1), 3, axis=-1)
    np.testing.assert_allclose(changed(grey, degrees=77.0), grey, rtol=1e-6, atol=1e-5)


def test_grey_images_are_refused() -> None:
    for shape in ((5, 5), (5, 5, 1), (5, 5, 4)):
        image = Image(np.zeros(shape, np.uint8), lattice(5, 5), Levels(0.0, 255.0))
        with pytest.raises(BadInput, match="red, green and blue for hue"):
            transform("hue").apply(image, transform("hue").draw(rng, lattice(5, 5)) or {})


@pytest.mark.parametrize("wrong", [{"degrees": 200}, {"degrees": [5, -5]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("hue", **wrong)
