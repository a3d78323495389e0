"""Collimation against slices, and against half-planes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice
from methods.transforms.signals import acquired, drawn_by


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_margins_are_slices(dtype: str) -> None:
    values = np.full((20, 40, 3), 9, dtype)
    drawn = {"margins": [[0.1, 0.2], [0.25, 0.0]], "degrees": 0.0}
    made = acquired("xray_collimation", values, drawn, 2, (4.0, 200.0))
    wanted = np.full_like(values, 4)
    wanted[2:16, 10:] = 9
    assert made.dtype == values.dtype
    assert np.array_equal(made, wanted)


def test_planes_of_a_volume_are_alike() -> None:
    values = np.full((3, 10, 10), 9, np.uint8)
    made = acquired("xray_collimation", values, {"margins": [[0.3, 0.0], [0.0, 0.0]], "degrees": 0.0}, 3, (0.0, 255.0))
    assert not made[:, :3].any()
    assert (made[:, 3:] == 9).all()


def test_a_turned_rectangle_has_turned_sides() -> None:
    """By 45 degrees a square of side 51 becomes the diamond |x| + |y| <= 51 / sqrt(2), in lengths and not in points."""
    own = lattice(102, 51, spacing=(1.0, 2.0))
    drawn = {"margins": [[0.25, 0.25], [0.25, 0.25]], "degrees": 45.0}
    made = transform("xray_collimation").apply(Image(np.ones(own.shape, np.float32), own, Levels(0.0, 1.0)), drawn)
    row, column = (np.arange(102) - 50.5)[:, None], 2 * (np.arange(51) - 25.0)[None]
    assert np.array_equal(made.values, np.abs(row) + np.abs(column) <= 51 / 2**0.5)


def test_turns_are_from_rows_to_columns() -> None:
    """Of a field that is cut on one side alone: the line at which it ends goes down by the tangent."""
    drawn = {"margins": [[0.4, 0.0], [0.0, 0.0]], "degrees": 20.0}
    made = acquired("xray_collimation", np.ones((101, 101), np.float32), drawn, 2)
    first = made[:, 30:71].argmax(axis=0)
    assert first[0] - first[-1] == pytest.approx(40 * np.tan(np.radians(20)), abs=1)


def test_what_is_drawn() -> None:
    drawn = [drawn_by("xray_collimation", (9, 9), seed, margin=[0.1, 0.3]) for seed in range(100)]
    margins = np.array([each["margins"] for each in drawn])
    assert margins.shape == (100, 2, 2)
    assert 0.1 <= margins.min() < 0.11
    assert 0.29 < margins.max() <= 0.3
    assert len(np.unique(margins)) == 400
    assert -3 <= min(each["degrees"] for each in drawn) < -2.7


@pytest.mark.parametrize("wrong", [{"margin": [0, 0.5]}, {"margin": 0.1}, {"degrees": 50}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("xray_collimation", **wrong)


def test_a_smaller_magnitude_blackens_less():
    kind = transform("xray_collimation", margin=[0.1, 0.2], degrees=4)
    assert kind.scaled(0.5).params == {"margin": [0.05, 0.1], "degrees": 2, "p": 1.0}
