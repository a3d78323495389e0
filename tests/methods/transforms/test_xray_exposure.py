"""Exposure against the curve of a detector worked out by hand."""

from __future__ import annotations

from math import log10
from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import transform
from methods.transforms.signals import acquired, drawn_by

DRAWN: dict[str, Any] = {"deviation": 10 * log10(2), "decades": 2.0, "inverted": False}


def exposed(values: np.ndarray, levels: tuple[float, float] = (0.0, 1.0), **drawn: Any) -> np.ndarray:
    return acquired("xray_exposure", values, {**DRAWN, **drawn}, 2, levels)


def test_the_signal_is_scaled_between_the_curve_and_its_inverse() -> None:
    """A signal of 9 of 99 lies in the middle: log10(1 + 9) / 2. Twice of it is 18, half of it 4.5."""
    values = np.array([[0.0, 0.5, 1.0]], np.float32)
    np.testing.assert_allclose(exposed(values), [[0, log10(19) / 2, 1]], atol=1e-6)
    half = exposed(values, deviation=10 * log10(0.5))
    np.testing.assert_allclose(half, [[0, log10(5.5) / 2, log10(50.5) / 2]], atol=1e-6)
    np.testing.assert_allclose(exposed(values, deviation=0.0), values, atol=1e-6)


def test_in_a_radiograph_for_reading_more_is_darker() -> None:
    values = np.array([[0.0, 0.5, 1.0]], np.float32)
    np.testing.assert_allclose(exposed(values, inverted=True), [[0, 1 - log10(19) / 2, 1]], atol=1e-6)


def test_what_the_detector_cannot_hold_is_lost() -> None:
    """A signal of 60 and one of 80 of 99 are both full when they are doubled."""
    values = np.array([[log10(61) / 2, log10(81) / 2]], np.float32)
    assert (exposed(values) == 1).all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_are_what_floats_round_to(dtype: str) -> None:
    values = np.arange(-100 if dtype == "int16" else 0, 250, dtype=dtype).reshape(1, -1)
    made = exposed(values, (10.0, 240.0), inverted=True)
    assert made.dtype == values.dtype
    wanted = exposed(values.astype(np.float32), (10.0, 240.0), inverted=True)
    assert np.abs(made - wanted).max() <= 0.5 + 1e-4
    assert made[values <= 10].max() == 10
    assert made[values >= 240].min() == 240


def test_an_image_of_one_value_stays() -> None:
    assert (exposed(np.full((3, 3), 7, np.int16), (7.0, 7.0)) == 7).all()


def test_what_is_drawn() -> None:
    drawn = [drawn_by("xray_exposure", (9, 9), seed) for seed in range(200)]
    seen = [each["deviation"] for each in drawn]
    assert -3 <= min(seen) < -2.8
    assert 2.8 < max(seen) <= 3
    assert {(each["decades"], each["inverted"]) for each in drawn} == {(2.0, True)}


@pytest.mark.parametrize("wrong", [{"deviation": [3, -3]}, {"deviation": 40}, {"decades": 0}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("xray_exposure", **wrong)
