"""Images are found again however they lie and whatever part of them is shown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import correlate2d

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.features.averaged import averaged
from fewfold.metrics.alike import alike, reduced, symmetries
from images import clouds

FIELDS = np.stack(clouds(4, (24, 24), smooth=1.5))
SOLIDS = np.stack(clouds(3, (12, 12, 12), smooth=1.0))


def test_a_turned_or_mirrored_image_is_the_same() -> None:
    for fields, axes in ((FIELDS, 2), (SOLIDS, 3)):
        ways = symmetries(fields[0], axes)
        assert len({way.tobytes() for way in ways}) == 8
        found = alike(np.stack(ways), fields)
        np.testing.assert_array_equal(found[:, 0], 1.0)
        assert (found[:, 1:] < 0.9).all()


def test_a_volume_is_not_turned() -> None:
    turned = np.rot90(SOLIDS[0], axes=(1, 2))
    assert alike(turned[None], SOLIDS)[0, 0] < 0.9


def test_scale_and_offset_do_not_matter_and_a_flat_image_is_like_none() -> None:
    found = alike(np.stack([3 * FIELDS[1] - 5, np.ones((24, 24))]), FIELDS)
    assert found[0, 1] == 1
    np.testing.assert_array_equal(found[1], 0)


@pytest.mark.parametrize("shift", [(3, 0), (-2, 3), (0, -3)])
def test_a_translation_by_an_eighth_is_found(shift: tuple[int, int]) -> None:
    moved = np.roll(FIELDS[2], shift, axis=(0, 1))
    assert alike(moved[None], FIELDS)[0, 2] == 1


def test_is_the_normalised_cross_correlation_over_all_places() -> None:
    """The middle of an image in another, by scipy's correlation; larger scales and turns can only add to it."""
    piece = FIELDS[0][3:21, 3:21]
    centred = (piece - piece.mean()) / np.linalg.norm(piece - piece.mean())
    ones = np.ones_like(piece)
    for other in FIELDS[1:]:
        sums, squares = (correlate2d(x, ones, mode="valid") for x in (other, other**2))
        places = correlate2d(other, centred, mode="valid") / np.sqrt(squares - sums**2 / piece.size)
        assert alike(FIELDS[:1], other[None])[0, 0] >= places.max() - 1e-5
    alone: Floats = np.full((24, 24), 0.5)
    alone[3:21, 3:21] = piece  # flat beyond the middle, so that the best place of the middle is known
    assert alike(FIELDS[:1], alone[None])[0, 0] == 1


def test_channels_are_averaged_and_mixtures_refused() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    small = reduced(Images.of([Image(colours)]))
    expected = colours.reshape(24, 2, 24, 2, 3).mean(axis=(1, 3, 4)) / 255
    np.testing.assert_allclose(small[0], expected)
    with pytest.raises(BadInput, match="pictures or volumes"):
        reduced(Images.of([Image(colours), Image(np.ones((4, 4, 4)), volume=True)]))


@pytest.mark.parametrize("side", [18, 20, 22])
def test_a_crop_is_found_at_its_scale(side: int) -> None:
    crop = averaged(FIELDS[1][1 : 1 + side, 2 : 2 + side], (24, 24))
    found = alike(crop[None], FIELDS)[0]
    assert found[1] > 0.99 and (np.delete(found, 1) < 0.9).all()
