"""What each transform promises, against numpy's own flips, turns and slices, and against formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import (
    engine,  # noqa: F401 - a fixture
    lattice,
)

rng = np.random.default_rng(0)
BYTES = rng.integers(0, 256, (41, 41, 3)).astype(np.uint8)
VOLUME = rng.random((15, 15, 15)).astype(np.float32)


def applied(name: str, values: np.ndarray, drawn: dict[str, Any], dims: int, **how: Any) -> np.ndarray:
    own = lattice(*values.shape[:dims], spacing=how.get("spacing"))
    return transform(name).apply(Image(values, own, Levels(*how.get("levels", (0.0, 255.0)))), drawn).values


@pytest.mark.parametrize("quarters", [1, 2, 3, -1])
def test_rotation_turns_as_rot90(quarters: int, engine: str) -> None:  # noqa: F811
    made = applied("rotation", BYTES, {"degrees": [90.0 * quarters]}, 2)
    assert np.array_equal(made, np.rot90(BYTES, quarters))
    for k, plane in enumerate([(0, 1), (0, 2), (1, 2)]):
        degrees = [0.0, 0.0, 0.0]
        degrees[k] = 90.0 * quarters
        turned = np.rot90(VOLUME, quarters, plane)
        np.testing.assert_allclose(applied("rotation", VOLUME, {"degrees": degrees}, 3), turned, atol=1e-6)


def test_rotation_is_about_real_lengths() -> None:
    """A ball in millimetres stays a ball where slices are thick."""
    spacing, shape = (3.0, 1.0, 1.0), (21, 61, 61)
    own = lattice(*shape, spacing=spacing)
    z, y, x = own.places()
    ball = (np.hypot(np.hypot(z, y), x) < 20).astype(np.float32)
    made = applied("rotation", ball, {"degrees": [37.0, 0.0, 0.0]}, 3, spacing=spacing)
    assert ((made > 0.5) != (ball > 0.5)).sum() < 0.05 * ball.sum()
    cube = (np.maximum(np.maximum(abs(z), abs(y)), abs(x)) < 15).astype(np.float32)
    turned = applied("rotation", cube, {"degrees": [45.0, 0.0, 0.0]}, 3, spacing=spacing)
    assert abs(turned.sum() - cube.sum()) < 0.03 * cube.sum()


@pytest.mark.parametrize("axis", [0, 1])
def test_reflection_is_flip(axis: int, engine: str) -> None:  # noqa: F811
    assert np.array_equal(applied("reflection", BYTES, {"axis": axis}, 2), np.flip(BYTES, axis))


def test_translation_moves_by_shares_of_the_extent(engine: str) -> None:  # noqa: F811
    made = applied("translation", BYTES, {"share": [3 / 41, -2 / 41]}, 2)
    assert np.array_equal(made[3:, :-2], BYTES[:-3, 2:])
    assert not made[:3].any()
    assert not made[:, -2:].any()


def test_scaling_enlarges_about_the_centre(engine: str) -> None:  # noqa: F811
    made = applied("scaling", VOLUME, {"factor": [2.0, 2.0, 2.0]}, 3, levels=(0, 1))
    np.testing.assert_allclose(made[1::2, 1::2, 1::2], VOLUME[4:11, 4:11, 4:11], atol=1e-6)
    made = applied("scaling", VOLUME, {"factor": [1.0, 1.0, 0.5]}, 3, levels=(0, 1))
    np.testing.assert_allclose(made[:, :, 4:11], VOLUME[:, :, 1::2], atol=1e-6)


def test_shear_moves_by_the_tangent() -> None:
    image = np.zeros((41, 41), np.float32)
    image[20, :] = 1  # the line through the centre along columns
    made = applied("shear", image, {"degrees": [np.degrees(np.arctan(0.5)), 0.0]}, 2)
    rows = made.argmax(axis=0)
    assert rows[20] == 20
    assert rows[30] - rows[20] == 5
    assert rows[20] - rows[10] == 5


def test_crop_is_a_slice(engine: str) -> None:  # noqa: F811
    made = applied("crop", BYTES, {"corner": [5, 7], "size": [20, 11]}, 2)
    assert np.array_equal(made, BYTES[5:25, 7:18])
    made = applied("crop", VOLUME, {"corner": [0, 1, -2], "size": [3, 14, 19]}, 3, levels=(0, 1))
    assert np.array_equal(made[:, :, 2:17], VOLUME[:3, 1:])
    assert not made[:, :, :2].any()


def test_crops_are_drawn_evenly_and_whole() -> None:
    corners = {
        tuple(transform("crop", size=39).draw(np.random.default_rng(k), lattice(41, 40))["corner"])  # type: ignore[index]
        for k in range(200)
    }
    assert corners == {(i, j) for i in range(3) for j in range(2)}
    assert transform("crop", size=[10, 50], centred=True).draw(np.random.default_rng(0), lattice(41, 41)) == {
        "corner": [15, -5],
        "size": [10, 50],
    }


def test_curves_of_bytes(engine: str) -> None:  # noqa: F811
    share = BYTES / 255
    for name, drawn, wanted in (
        ("brightness", {"share": 0.2}, share + 0.2),
        ("contrast", {"factor": 1.5}, (share - 0.5) * 1.5 + 0.5),
        ("gamma", {"exponent": 0.6}, share**0.6),
    ):
        rounded = np.floor(np.clip(wanted, 0, 1) * 255 + 0.5)
        assert np.array_equal(applied(name, BYTES, drawn, 2), rounded)


def test_elastic_moves_up_to_what_was_drawn() -> None:
    own = lattice(120, 60, spacing=(1.0, 2.0))
    drawn = transform("elastic", cells=4, strength=[0.3, 0.3]).draw(np.random.default_rng(0), own)
    assert drawn is not None
    assert drawn["cells"] == [4, 4]
    field = transform("elastic").warp(drawn, own).displacement.at(own.places())  # type: ignore[attr-defined]
    assert 0.1 * 30 < np.abs(field).max() < 0.3 * 30


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("rotation", {"degrees": [5, -5]}),
        ("rotation", {"degrees": [1, 2, 3]}),
        ("rotation", {"p": 1.5}),
        ("translation", {"share": 2}),
        ("shear", {"degrees": 60}),
        ("scaling", {"factor": [0, 1]}),
        ("crop", {"share": 0}),
        ("elastic", {"strength": [0, 0.5]}),
        ("elastic", {"strength": [0, 0.3], "degree": 1}),
        ("elastic", {"cells": 0}),
        ("gamma", {"exponent": [-1, 1]}),
        ("gamma", {"share": 1}),
        ("no_such", {}),
    ],
)
def test_parameters_out_of_range_are_refused(name: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        ff.transform(name, **wrong)


def test_an_axis_and_a_size_that_are_not_there() -> None:
    with pytest.raises(BadInput, match="axes"):
        transform("reflection", axis=2, p=1).draw(np.random.default_rng(0), lattice(4, 4))
    with pytest.raises(BadInput, match="size"):
        transform("crop", size=[4, 4, 3]).draw(np.random.default_rng(0), lattice(9, 9))


def test_drawn_parameters_fill_their_range() -> None:
    own = lattice(9, 9)
    angles = [transform("rotation", degrees=[-5, 20]).draw(np.random.default_rng(k), own) for k in range(300)]
    seen = [drawn["degrees"][0] for drawn in angles if drawn]
    assert len(seen) == 300
    assert -5 <= min(seen) < -4
    assert 19 < max(seen) <= 20
    applied_share = sum(transform("gamma", p=0.3).draw(np.random.default_rng(k), own) is not None for k in range(1000))
    assert 250 < applied_share < 350
