"""Closed forms of boxes and discs."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.metrics.utility.segmentation.dice import dice


def box(shape: tuple[int, ...], at: tuple[int, ...], size: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, dtype=np.uint8)
    mask[tuple(slice(a, a + s) for a, s in zip(at, size, strict=True))] = 1
    return mask


def disc(radius: float, at: tuple[float, float], n: int = 401) -> np.ndarray:
    rows, columns = np.mgrid[:n, :n]
    return ((rows - at[0]) ** 2 + (columns - at[1]) ** 2 <= radius**2).astype(np.uint8)


@pytest.mark.parametrize("shift", range(9))
def test_two_boxes_of_eight_rows(shift):
    one, other = box((20, 30), (2, 3), (8, 21)), box((20, 30), (2 + shift, 3), (8, 21))
    assert dice(one, other) == pytest.approx(1 - shift / 8)


def test_a_volume_and_another_label():
    one, other = box((9, 9, 9), (0, 0, 0), (4, 4, 4)), box((9, 9, 9), (2, 2, 2), (4, 4, 4))
    assert dice(one, other) == pytest.approx(2 * 8 / 128)
    assert dice(3 * one, 3 * other, label=3) == pytest.approx(2 * 8 / 128)
    assert dice(3 * one, other, label=3) == 0.0


@pytest.mark.parametrize("apart", [0, 40, 100, 150])
def test_two_discs_overlap_as_the_lens_between_two_circles(apart):
    radius, centre = 80.0, 120.0
    lens = 2 * radius**2 * np.arccos(apart / 2 / radius) - apart / 2 * np.sqrt(4 * radius**2 - apart**2)
    found = dice(disc(radius, (200, centre)), disc(radius, (200, centre + apart)))
    assert found == pytest.approx(lens / (np.pi * radius**2), abs=0.005)


def test_empty_masks():
    full, empty = box((5, 5), (1, 1), (2, 2)), np.zeros((5, 5), dtype=np.uint8)
    assert dice(empty, empty) == 1.0
    assert dice(full, empty) == dice(empty, full) == 0.0


def test_shapes_that_differ():
    with pytest.raises(ValueError, match="shape"):
        dice(np.zeros((2, 2)), np.zeros((2, 3)))
