"""Patches on a grid cover every point, and put together again they are the image."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.patches.assemble import assemble, weights
from fewfold.methods.patches.grid import grid
from fewfold.methods.patches.place import Place

CASES = [
    ((17,), 5, 2),
    ((20, 31), (8, 9), (0, 4)),
    ((9, 12, 11), (4, 12, 5), (3, 0, 1)),
    ((8, 8), 4, 0),
    ((5, 5), 5, 0),
]
WINDOWS = ["uniform", "hann", "gaussian"]


def test_starts_by_hand() -> None:
    assert [place.low[0] for place in grid((10,), 4, overlap=1)] == [0, 3, 6]
    assert [place.low[0] for place in grid((11,), 4, overlap=1)] == [0, 3, 6, 7]
    assert [place.low for place in grid((4, 6), (4, 3))] == [(0, 0), (0, 3)]
    assert grid((4, 6), (4, 3), source="a")[1] == Place("a", (4, 6), (0, 3), (4, 3))


@pytest.mark.parametrize(("shape", "size", "overlap"), CASES)
def test_every_point_is_covered_and_neighbours_share_the_overlap(shape, size, overlap) -> None:  # type: ignore[no-untyped-def]
    seen = np.zeros(shape, dtype=int)
    places = grid(shape, size, overlap=overlap)
    for place in places:
        seen[place.slices] += 1
        assert place.cut(seen).shape == place.size
    assert seen.min() >= 1
    assert seen.sum() == len(places) * prod(places[0].size)
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32", "float64", "bool"])
@pytest.mark.parametrize(("shape", "size", "overlap"), CASES)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_unaltered_patches_give_the_image_back(shape, size, overlap, dtype, window, channels) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    image = (rng.random(shape + channels) * 251).astype(dtype)
    made = assemble(((place, place.cut(image)) for place in grid(shape, size, overlap=overlap)), window=window)
    assert made.dtype == image.dtype
    if image.dtype.kind == "f":
        np.testing.assert_allclose(made, image, rtol=4 * np.finfo(dtype).eps)
    else:
        assert np.array_equal(made, image)


def test_what_overlaps_is_the_weighted_mean() -> None:
    """Two patches of 3 over 4 points, one of 0 and one of 1: sin(pi k / 6) ** 2 is 1/4, 1, 1/4 for k = 1, 3, 5."""
    pieces = [(place, np.full(3, float(k))) for k, place in enumerate(grid((4,), 3, overlap=2))]
    np.testing.assert_allclose(assemble(pieces), [0, 1 / 2, 1 / 2, 1])
    np.testing.assert_allclose(assemble(pieces, window="hann"), [0, 1 / 5, 4 / 5, 1])
    edge = np.exp(-0.5 * (8 / 3) ** 2)
    np.testing.assert_allclose(assemble(pieces, window="gaussian"), [0, edge / (1 + edge), 1 / (1 + edge), 1])


@pytest.mark.parametrize("window", WINDOWS)
def test_weights_are_above_0_symmetric_and_largest_in_the_middle(window) -> None:  # type: ignore[no-untyped-def]
    own = weights((5, 8, 3), window)
    assert own.min() > 0
    np.testing.assert_allclose(own, own[::-1, ::-1, ::-1], rtol=1e-12)
    assert own[2, 4, 1] == own.max()


def test_bad_input_is_named() -> None:
    with pytest.raises(BadInput, match="fits into"):
        grid((10, 10), 11)
    for overlap in (-1, 4, (1, 4), (1,)):
        with pytest.raises(BadInput, match="overlap"):
            grid((10, 10), 4, overlap=overlap)
    places = grid((8,), 4)
    pieces = [(place, np.zeros(4)) for place in places]
    with pytest.raises(BadInput, match="Found none"):
        assemble([])
    with pytest.raises(BadInput, match="4 points that are in none"):
        assemble(pieces[:1])
    with pytest.raises(BadInput, match="a window"):
        assemble(pieces, window="square")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="patches of one image"):
        assemble([pieces[0], (grid((8,), 4, source=1)[1], np.zeros(4))])
    for odd in (np.zeros(3), np.zeros((4, 2))):
        with pytest.raises(BadInput, match="a patch of"):
            assemble([pieces[0], (places[1], odd)])
