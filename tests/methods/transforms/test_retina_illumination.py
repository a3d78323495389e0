"""Uneven illumination against a Gaussian."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import transform
from methods.transforms.signals import acquired, drawn_by


@pytest.mark.parametrize("amplitude", [-0.5, 0.3])
def test_light_is_a_gaussian_more_or_less(amplitude: float) -> None:
    drawn = {"amplitude": amplitude, "centre": [0.1, -0.2], "width": 0.25}
    made = acquired("retina_illumination", np.full((100, 140), 0.5, np.float32), drawn, 2)
    row, column = norm(49.5 + 10, 25), norm(69.5 - 20, 25)
    bell = np.outer(row.pdf(np.arange(100)), column.pdf(np.arange(140))) / row.pdf(59.5) / column.pdf(49.5)
    np.testing.assert_allclose(made, 0.5 * (1 + amplitude * bell), atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_keep_their_type_and_limits(dtype: str) -> None:
    values = np.full((31, 31, 3), 240, dtype)
    values[..., 1] = 100
    drawn = {"amplitude": 0.5, "centre": [0.0, 0.0], "width": 0.3}
    made = acquired("retina_illumination", values, drawn, 2, (0.0, 255.0))
    assert made.dtype == values.dtype
    assert made[15, 15, 1] == 150
    assert made[15, 15, 0] == (255 if dtype == "uint8" else 360)
    volume = acquired("retina_illumination", np.stack([values, values]), drawn, 3, (0.0, 255.0))
    assert np.array_equal(volume, np.stack([made, made]))


def test_what_is_drawn() -> None:
    drawn = [drawn_by("retina_illumination", (9, 9), seed) for seed in range(300)]
    for name, low, high in (("amplitude", -0.5, 0.3), ("width", 0.2, 0.35), ("centre", -0.25, 0.25)):
        seen = np.array([each[name] for each in drawn])
        assert low <= seen.min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < seen.max() <= high
    assert all(each["centre"][0] != each["centre"][1] for each in drawn)


@pytest.mark.parametrize("wrong", [{"amplitude": [-2, 0]}, {"width": [0, 1]}, {"centre": [-3, 3]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("retina_illumination", **wrong)
