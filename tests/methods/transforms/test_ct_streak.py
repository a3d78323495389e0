"""Streaks of metal against a beam of two energies, and against what is known of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.ct_streak import CtStreak
from fewfold.methods.transforms.engine.projection import Scanner
from methods.transforms.engines import lattice
from methods.transforms.signals import drawn_by
from methods.transforms.tomograms import away, scanned, water

PLANE = lattice(200, 200)
ROD: dict[str, Any] = {"centre": [0.0, 0.0], "ends": [-5.0, 5.0], "radius": 5.0, "metal": 20.0}
DRAWN: dict[str, Any] = {"rods": [ROD], "photons": 1e6, "electronics": 10.0, "axis": 0, "seed": 5}


def change(values: np.ndarray, own: Any = PLANE, **drawn: Any) -> np.ndarray:
    return scanned("ct_streak", values, own, {**DRAWN, **drawn}) - values.astype(np.float64)


def rod(row: float, column: float, **more: Any) -> dict[str, Any]:
    return {**ROD, "centre": [row, column], **more}


@pytest.mark.parametrize("metal", [3.0, 20.0])
def test_a_path_through_metal_is_that_of_two_energies(metal: float) -> None:
    """At 60 and 80 keV water attenuates 1.057 and 0.943 times its mean, metal 1.33 and 0.67 times its own."""
    scanner, depth = Scanner((200, 200), (1.0, 1.0)), 0.0193
    density = (water(PLANE, 80, 80) / 1000 + 1).astype(np.float32)
    drawn = {**DRAWN, "rods": [{**ROD, "metal": metal}], "photons": 1e15, "electronics": 0.0}
    rays = CtStreak()._misread(scanner, density, 0.0, drawn, np.random.default_rng(0))
    assert rays is not None
    for made, paths, far in zip(rays, scanner.project(density), scanner.distances(0, 0), strict=True):
        chord = 2 * np.sqrt(np.maximum(25 - far.astype(float) ** 2, 0)) * (metal - 1)
        assert not made[chord == 0].any()
        both = [np.exp(-depth * (w * paths + m * chord)) for w, m in ((1.057, 1.33), (0.943, 0.67))]
        alone = [np.exp(-depth * w * paths) for w in (1.057, 0.943)]
        wanted = -np.log(sum(both) / sum(alone)) / depth
        np.testing.assert_allclose(made[chord > 0], wanted[chord > 0], rtol=1e-3, atol=0.05)


def test_a_weak_rod_is_read_as_what_it_is() -> None:
    """A rod that attenuates as one and a half times water is 500 units more, less 3 per cent that it hardens."""
    made = change(water(PLANE, 30, 30), rods=[rod(0, 0, metal=1.5, radius=8.0)], photons=1e9)
    assert made[away(PLANE) < 5].mean() == pytest.approx(485, rel=0.02)
    assert np.abs(made[away(PLANE) > 14]).max() < 25


def test_metal_is_as_bright_as_can_be_and_between_two_rods_it_is_dark() -> None:
    made = change(water(PLANE, 80, 80), rods=[rod(0, -30), rod(0, 30)])
    row, column = PLANE.places()
    for side in (-30, 30):
        assert (made[np.hypot(row, column - side) < 3] == 3071).all()
    between = made[(np.abs(row) < 2) & (np.abs(column) < 15)].mean()
    assert between < -200
    assert abs(made[(np.abs(row - 40) < 2) & (np.abs(column) < 15)].mean()) < 0.2 * -between


def test_few_photons_make_streaks_rough() -> None:
    far = (away(PLANE) > 30) & (away(PLANE) < 70)
    many, few = (change(water(PLANE, 80, 80), photons=photons)[far].std() for photons in (1e9, 1e4))
    assert few > 2 * many


def test_rods_end_and_other_slices_stay() -> None:
    own = lattice(40, 6, 40, spacing=(2.0, 4.0, 2.0))
    values = np.zeros(own.shape, np.int16)
    made = np.moveaxis(change(values, own, axis=1, rods=[rod(4, -6, ends=[-7.0, 3.0])]), 1, 0)
    assert [bool(each.any()) for each in made] == [False, True, True, True, False, False]  # -10, -6, -2, 2, 6, 10
    assert np.unravel_index(made[2].argmax(), made[2].shape) in {(r, c) for r in range(19, 25) for c in range(14, 20)}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_keep_their_type_and_limits(dtype: str) -> None:
    values = np.full((60, 60, 1), 100, dtype)
    made = scanned("ct_streak", values, lattice(60, 60), DRAWN)
    assert (made.dtype, made.shape) == (values.dtype, values.shape)
    assert made.max() == (255 if dtype == "uint8" else 3071)


def test_what_is_drawn() -> None:
    drawn = [drawn_by("ct_streak", (100, 300), seed) for seed in range(300)]
    rods = [each for one in drawn for each in one["rods"]]
    assert {len(one["rods"]) for one in drawn} == {1, 2}
    centres = np.array([each["centre"] for each in rods])
    assert np.all(np.abs(centres) <= [25, 75])
    assert np.all(np.abs(centres).max(axis=0) > [24, 73])
    assert all(each["ends"][0] == -each["ends"][1] for each in rods)
    for name, low, high in (("radius", 2, 10), ("metal", 14, 36)):
        seen = [each[name] for each in rods]
        assert low <= min(seen) < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < max(seen) <= high
    tall = [drawn_by("ct_streak", (20, 30, 90), seed, axis=2)["rods"][0] for seed in range(200)]
    middles = [sum(each["ends"]) / 2 for each in tall]
    assert -45 <= min(middles) < -42
    assert all(abs(each["centre"][0]) <= 5 and abs(each["centre"][1]) <= 7.5 for each in tall)


@pytest.mark.parametrize(
    "wrong",
    [{"rods": [0, 1]}, {"radius": [0, 1]}, {"metal": [1, 20]}, {"reach": 1}, {"length": [-1, 1]}, {"photons": [1, 2]}],
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("ct_streak", **wrong)
