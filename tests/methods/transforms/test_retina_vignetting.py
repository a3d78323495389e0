"""Vignetting against the fourth power of a cosine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice
from methods.transforms.signals import acquired, drawn_by


def test_light_falls_by_the_fourth_power_of_the_cosine() -> None:
    """30 degrees off the axis it is (3 / 4) ** 2; the tangent is proportional to the distance from the centre."""
    drawn = {"loss": 1 - 9 / 16, "centre": [0.0, 0.0]}
    made = acquired("retina_vignetting", np.ones((101, 141), np.float32), drawn, 2)
    distance = np.hypot(np.arange(101)[:, None] - 50, np.arange(141)[None] - 70)
    angle = np.arctan(distance / 50.5 * np.tan(np.radians(30)))
    np.testing.assert_allclose(made, np.cos(angle) ** 4, atol=1e-6)


def test_the_centre_is_told_in_shorter_sides_and_lengths_count() -> None:
    own = lattice(50, 50, spacing=(1.0, 2.0))
    image = Image(np.ones(own.shape, np.float32), own, Levels(0.0, 1.0))
    made = transform("retina_vignetting").apply(image, {"loss": 0.5, "centre": [0.25, -0.5]}).values
    assert np.unravel_index(made.argmax(), made.shape) == (37, 12)  # 24.5 + 12.5, and 24.5 - 25 / 2
    assert made[37, 12] == pytest.approx(1, abs=1e-6)
    assert made[12, 12] == pytest.approx(0.5, abs=1e-6)
    assert made[37, 0] == pytest.approx(made[13, 12], abs=1e-6)


def test_the_lower_end_of_the_range_gives_no_light() -> None:
    values = np.full((21, 21, 3), 100, np.uint8)
    values[..., 1] = 50
    values[..., 2] = 0
    made = acquired("retina_vignetting", values, {"loss": 0.4, "centre": [0.0, 0.0]}, 2, (0.0, 255.0))
    assert made.dtype == np.uint8
    assert not made[..., 2].any()
    assert np.abs(made[..., 0] / 2 - made[..., 1]).max() <= 0.5 + 0.25
    assert made[10, 10, 0] == 100
    volume = acquired("retina_vignetting", np.stack([values, values]), {"loss": 0.4, "centre": [0.0, 0.0]}, 3, (0, 255))
    assert np.array_equal(volume, np.stack([made, made]))


def test_what_is_drawn() -> None:
    drawn = [drawn_by("retina_vignetting", (9, 9), seed) for seed in range(200)]
    losses, centres = [each["loss"] for each in drawn], np.array([each["centre"] for each in drawn])
    assert 0 <= min(losses) < 0.02
    assert 0.48 < max(losses) <= 0.5
    assert centres.shape == (200, 2)
    assert 0.098 < np.abs(centres).max() <= 0.1


@pytest.mark.parametrize("wrong", [{"loss": [0, 1]}, {"loss": 0.5}, {"centre": 2}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("retina_vignetting", **wrong)
