"""Beam hardening against the closed form of cupping in a cylinder of water."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import transform
from methods.transforms.engines import lattice
from methods.transforms.signals import drawn_by
from methods.transforms.tomograms import away, scanned, water

PLANE = lattice(256, 200, spacing=(1.0, 1.25))


def change(values: np.ndarray, own: Any = PLANE, **drawn: Any) -> np.ndarray:
    return scanned("ct_beam_hardening", values, own, {"cupping": 50.0, "axis": 0, **drawn}) - values.astype(np.float64)


@pytest.mark.parametrize(("radius", "cupping"), [(100.0, 50.0), (50.0, 50.0), (100.0, -20.0)])
def test_cupping_of_water_is_a_hemisphere(radius: float, cupping: float) -> None:
    """The squared chord 4 (R ** 2 - s ** 2) is the projection of 8 / pi sqrt(R ** 2 - r ** 2), by Abel's inversion."""
    made = change(water(PLANE, radius, radius), cupping=cupping)
    inside = away(PLANE) < radius - 6
    wanted = -cupping * np.sqrt(1 - (away(PLANE)[inside] / radius) ** 2) * radius / 100
    np.testing.assert_allclose(made[inside], wanted, atol=0.03 * abs(cupping))
    assert np.abs(made[away(PLANE) > radius + 6]).max() < 0.05 * abs(cupping)


def test_the_band_between_two_bones_is_darker_than_beside_it() -> None:
    values = water(PLANE, 90, 90)
    row, column = PLANE.places()
    for side in (-50, 50):
        values[np.hypot(row, column - side) < 15] = 1000
    made = change(values) - change(water(PLANE, 90, 90))
    assert made[(np.abs(row) < 5) & (np.abs(column) < 20)].mean() < -2.5
    assert np.abs(made[(np.abs(np.abs(row) - 60) < 5) & (np.abs(column) < 20)]).mean() < 1


def test_air_and_a_path_of_none_stay() -> None:
    assert not change(np.full((30, 30), -1000, np.int16), lattice(30, 30)).any()
    values = water(PLANE, 80, 80)
    assert not change(values, cupping=0.0).any()


@pytest.mark.parametrize("axis", [0, 2])
def test_slices_of_a_volume_are_alike(axis: int) -> None:
    own = lattice(60, 60, spacing=(2.0, 2.0))
    plane = water(own, 40, 40).astype(np.int16)
    shape, spacing = [60, 60], [2.0, 2.0]
    shape.insert(axis, 3)
    spacing.insert(axis, 9.0)
    made = change(np.stack([plane] * 3, axis), lattice(*shape, spacing=tuple(spacing)), axis=axis)
    assert np.array_equal(made, np.stack([change(plane, own)] * 3, axis))
    assert np.abs(made).max() > 5


def test_what_is_drawn() -> None:
    seen = [drawn_by("ct_beam_hardening", (9, 9), seed)["cupping"] for seed in range(200)]
    assert -10 <= min(seen) < -9
    assert 39 < max(seen) <= 40


@pytest.mark.parametrize("wrong", [{"cupping": [10, 0]}, {"cupping": 600}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="cupping"):
        transform("ct_beam_hardening", **wrong)
