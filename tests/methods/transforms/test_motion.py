"""Movement against lines of k-space that numpy takes from images moved by numpy and scipy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import affine_transform

import fewfold as ff
from fewfold.core.errors import BadInput
from methods.transforms.signals import acquired, drawn_by, signal


def position(first: int, stop: int, degrees: list[float], shift: list[float]) -> dict[str, Any]:
    return {"lines": [first, stop], "degrees": degrees, "shift": shift}


def put_together(images: list[np.ndarray], bounds: list[int], axis: int) -> np.ndarray:
    """The magnitude of the image whose lines up to each bound come from each image, with whole spectra."""
    line = np.fft.fftshift(np.fft.fftfreq(images[0].shape[axis], 1 / images[0].shape[axis]))
    taken = np.searchsorted(bounds, line, side="right")
    spectra = [np.fft.fftshift(np.fft.fft(image.astype(float), axis=axis), axes=axis) for image in images]
    column = (-1,) + (1,) * (images[0].ndim - axis - 1)
    total = sum(s * (taken == k).reshape(column) for k, s in enumerate(spectra))
    return np.abs(np.fft.ifft(np.fft.ifftshift(total, axes=axis), axis=axis))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_lines_come_from_shifted_volumes(axis: int) -> None:
    given = np.zeros((16, 13, 18), np.float32)
    given[4:12, 4:9, 4:14] = signal(8, 5, 10)
    steps = [(3, -2, 1), (0, 0, 0), (-2, 1, 4)]
    bounds = [-2, 3]
    limits = [-9, *bounds, 9]
    shares = [[float(s / n) for s, n in zip(step, given.shape, strict=True)] for step in steps]
    positions = [position(limits[k], limits[k + 1], [0.0] * 3, shares[k]) for k in range(3)]
    made = acquired("motion", given, {"axis": axis, "positions": positions}, 3)
    wanted = put_together([np.roll(given, step, (0, 1, 2)) for step in steps], bounds, axis)
    np.testing.assert_allclose(made, wanted, atol=3e-6)


def test_lines_come_from_turned_images() -> None:
    """Turned first, then moved, about the centre; air comes in from outside."""
    given = signal(25, 31, 2)
    angle, move = np.radians(20.0), np.array([2.5, -3.1])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([12.0, 15.0])
    moved = np.stack(
        [
            affine_transform(
                given[..., k].astype(float), turn, middle - turn @ (middle + move), order=1, mode="grid-constant"
            )
            for k in range(2)
        ],
        axis=-1,
    )
    drawn = [position(-15, 2, [0.0], [0.0, 0.0]), position(2, 16, [20.0], [2.5 / 25, -3.1 / 31])]
    made = acquired("motion", given, {"axis": 1, "positions": drawn}, 2)
    np.testing.assert_allclose(made, put_together([given, moved], [2], 1), atol=2e-5)


def test_positions_share_the_lines_out_and_the_centre_is_still() -> None:
    counted = set()
    for seed in range(60):
        drawn = drawn_by("motion", (20, 40, 30), seed, movements=[1, 3], degrees=[2, 5], shift=[0.01, 0.02])
        n = (20, 40, 30)[drawn["axis"]]
        limits = [each["lines"] for each in drawn["positions"]]
        assert limits[0][0] == -(n // 2)
        assert limits[-1][1] == n - n // 2
        assert all(one[1] == other[0] for one, other in pairwise(limits))
        for (first, stop), each in zip(limits, drawn["positions"], strict=True):
            still = first <= 0 < stop
            assert all((value == 0) if still else (2 <= value <= 5) for value in each["degrees"])
            assert all((value == 0) if still else (0.01 <= value <= 0.02) for value in each["shift"])
        counted.add(len(limits))
    assert counted == {2, 3, 4}


@pytest.mark.parametrize(
    "wrong", [{"movements": [0, 2]}, {"degrees": [3, 1]}, {"shift": [0, 2]}, {"movements": [1.5, 2]}]
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ff.transform("motion", **wrong)
