"""Thick slices against means of blocks and numpy's linear interpolation."""

from __future__ import annotations

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from methods.transforms.signals import VOLUME, acquired, drawn_by, signal


@pytest.mark.parametrize(("axis", "slices"), [(0, 4), (1, 6), (2, 6)])
@pytest.mark.parametrize("channels", [(), (2,)])
def test_slices_are_means_and_what_lies_between_is_linear(axis: int, slices: int, channels: tuple[int, ...]) -> None:
    given = signal(*VOLUME, *channels)
    n = VOLUME[axis]
    thick = n // slices
    blocks = np.moveaxis(given.astype(float), axis, -1).reshape(-1, slices, thick).mean(axis=-1)
    centres = (np.arange(slices) + 0.5) * thick
    lines = np.stack([np.interp(np.arange(n) + 0.5, centres, block) for block in blocks])
    wanted = np.moveaxis(lines.reshape(np.moveaxis(given, axis, -1).shape), -1, axis)
    made = acquired("anisotropy", given, {"axis": axis, "slices": slices}, 3)
    np.testing.assert_allclose(made, wanted, atol=1e-6)


def test_slices_may_end_within_a_point() -> None:
    """A ramp stays a ramp between the outermost centres, whatever the thickness."""
    ramp = np.repeat(np.arange(31, dtype=np.float32)[:, np.newaxis], 3, axis=1)
    made = acquired("anisotropy", ramp, {"axis": 0, "slices": 12}, 2)
    inside = slice(2, -2)
    np.testing.assert_allclose(made[inside], ramp[inside], atol=0.1)  # a mean over part of a point takes the point's
    assert made.sum() == pytest.approx(ramp.sum(), rel=1e-5)
    level = acquired("anisotropy", np.full((31, 3), 7, np.uint8), {"axis": 0, "slices": 12}, 2, levels=(0, 255))
    assert (level == 7).all()


def test_what_is_drawn() -> None:
    assert drawn_by("anisotropy", (30, 40), axes=[1], factor=[4, 4]) == {"axis": 1, "slices": 10}
    assert drawn_by("anisotropy", (3, 3), factor=[50, 50])["slices"] == 1
    assert {drawn_by("anisotropy", VOLUME, seed)["axis"] for seed in range(40)} == {0, 1, 2}
    with pytest.raises(BadInput, match="factor"):
        ff.transform("anisotropy", factor=[0.5, 2])
