"""Closed forms: slopes and bends of polynomials."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image
from fewfold.metrics.utility.segmentation.voxel_features import SCALES, voxel_features

INSIDE = slice(15, 35), slice(15, 35)  # beyond the reach of the widest smoothing


def features(pixels: np.ndarray, spacing: tuple[float, ...] | None = None) -> np.ndarray:
    return voxel_features(Image(pixels, spacing=spacing)).reshape(*pixels.shape[:2], -1)


def test_a_plane_has_one_slope_and_no_bend():
    rows, columns = np.mgrid[:50, :50].astype(float)
    plane = 3 * rows + 4 * columns
    seen = features(plane)[INSIDE] * plane.std()
    for k in range(len(SCALES)):
        assert seen[..., 2 + 3 * k] == pytest.approx(5, rel=1e-3)
        assert seen[..., 3 + 3 * k] == pytest.approx(0, abs=1e-2)


def test_a_paraboloid_bends_by_its_second_derivatives():
    rows, columns = np.mgrid[-25:25, -25:25].astype(float)
    bowl = rows**2 + 2 * columns**2
    seen = features(bowl)[INSIDE] * bowl.std()
    for k in range(len(SCALES)):
        assert seen[..., 3 + 3 * k] == pytest.approx(6, rel=1e-2)


def test_lengths_are_in_steps_of_the_finest_axis():
    rows, columns = np.mgrid[:50, :50].astype(float)
    seen = features(rows, (3.0, 1.0))[INSIDE] * rows.std()
    assert seen[..., 2] == pytest.approx(1 / 3, rel=1e-3)  # one for each row, of three steps
    assert features(columns, (3.0, 1.0))[INSIDE][..., 2] * columns.std() == pytest.approx(1, rel=1e-3)


def test_scale_and_place_of_the_values_do_not_matter():
    pixels = np.random.default_rng(0).integers(0, 100, (20, 30, 3))
    assert features(pixels.astype(np.uint8)) == pytest.approx(features(7.5 * pixels - 3), abs=1e-4)
    assert features(pixels).shape[-1] == 3 * (1 + 3 * len(SCALES)) + 2


def test_position_goes_from_0_to_1():
    place = features(np.zeros((5, 9)))[..., -2:]
    assert place[0, 0].tolist() == [0, 0]
    assert place[-1, 4].tolist() == [1, 0.5]


def test_a_missing_value_is_refused():
    with pytest.raises(BadInput, match="missing or infinite"):
        features(np.full((4, 4), np.nan))
