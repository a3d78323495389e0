"""Closed forms of boxes, discs and balls, and all pairs of surface points one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from fewfold.metrics.utility.segmentation.hd95 import hd95
from metrics.utility.segmentation.test_dice import box, disc


@pytest.mark.parametrize("shift", range(5))
def test_two_flat_boxes_are_as_far_apart_as_one_was_moved(shift):
    """The upper row, more than a twentieth of the surface, is ``shift`` rows from the other box."""
    one, other = box((40, 60), (5, 5), (20, 50)), box((40, 60), (5 + shift, 5), (20, 50))
    assert hd95(one, other) == shift
    assert hd95(one, other, spacing=(2.5, 0.5)) == 2.5 * shift
    assert hd95(other, one, spacing=(2.5, 0.5)) == 2.5 * shift


@pytest.mark.parametrize("axis", range(3))
def test_two_boxes_in_a_volume(axis):
    spacing, shift = (3.0, 0.7, 0.8), [0, 0, 0]
    shift[axis] = 2
    one = box((20, 20, 20), (4, 4, 4), (10, 10, 10))
    other = box((20, 20, 20), tuple(4 + s for s in shift), (10, 10, 10))
    assert hd95(one, other, spacing=spacing) == pytest.approx(2 * spacing[axis])


def test_discs_with_one_centre_differ_by_their_radii():
    assert hd95(disc(100, (200, 200)), disc(60, (200, 200))) == pytest.approx(40, abs=1)


def test_balls_of_anisotropic_points():
    z, y, x = np.mgrid[-10:11, -40:41, -40:41] * np.array([4.0, 1.0, 1.0]).reshape(3, 1, 1, 1)
    away = np.sqrt(z**2 + y**2 + x**2)
    assert hd95(away <= 38, away <= 26, True, (4, 1, 1)) == pytest.approx(12, abs=2)  # a slice is 4 mm


def test_one_stray_point_is_not_read():
    one = box((60, 60), (5, 5), (20, 20))
    other = one.copy()
    other[59, 59] = 1
    assert hd95(one, other) == 0.0  # one point of 77; the largest distance would be 49


def test_empty_masks():
    full, empty = box((4, 5), (1, 1), (2, 2)), np.zeros((4, 5), dtype=np.uint8)
    assert hd95(empty, empty) == 0.0
    assert hd95(full, empty, spacing=(1, 1)) == hd95(empty, full) == 5.0  # 3 and 4 steps from corner to corner
    assert hd95(full, full) == 0.0


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_against_all_pairs_of_points(axes, seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 3, (2, *(9,) * axes))
    spacing = rng.uniform(0.3, 3, axes)
    a, b = (np.array(surface_points(mask)) * spacing for mask in (one == 2, other == 2))
    away = cdist(a, b)
    expected = max(np.percentile(away.min(axis=0), 95), np.percentile(away.min(axis=1), 95))
    assert hd95(one, other, 2, spacing) == pytest.approx(expected)


def surface_points(mask: np.ndarray) -> list[tuple[int, ...]]:
    found = []
    for at in map(tuple, np.argwhere(mask)):
        for axis, step in product(range(mask.ndim), (-1, 1)):
            next_to = list(at)
            next_to[axis] += step
            inside = 0 <= next_to[axis] < mask.shape[axis]
            if not inside or not mask[tuple(next_to)]:
                found.append(at)
                break
    return found


def test_shapes_that_differ():
    with pytest.raises(ValueError, match="shape"):
        hd95(np.zeros((2, 2)), np.zeros((2, 3)))
