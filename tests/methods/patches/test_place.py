"""A place cuts the same box out of an image and its mask, and comes back from JSON."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.patches.place import Place, sized

PLACE = Place("field3", (6, 8), (1, 2), (3, 4), label=2)


def test_a_place_cuts_a_box() -> None:
    image = np.arange(48).reshape(6, 8)
    assert np.array_equal(PLACE.cut(image), image[1:4, 2:6])
    colours = np.stack([image, image + 100], axis=-1)
    assert np.array_equal(PLACE.cut(colours), colours[1:4, 2:6])


def test_a_place_comes_back_from_json() -> None:
    assert Place.from_json(PLACE.to_json()) == PLACE
    for text in ("", "[]", "{}", '{"source": 1, "grid": 3, "low": [0], "size": [1]}'):
        with pytest.raises(BadInput, match=r"Place\.to_json"):
            Place.from_json(text)


@pytest.mark.parametrize("shape", [(6, 9), (8, 6), (6,), (6, 8, 3, 1)])
def test_values_on_another_grid_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match=r"\(6, 8\) points"):
        PLACE.cut(np.zeros(shape))


@pytest.mark.parametrize("size", [0, 7, (6, 9), (3,), (3, 3, 3), (2.5, 3)])
def test_a_size_that_does_not_fit_is_refused(size: int | tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="smaller patch"):
        sized(size, (6, 8))


def test_one_number_is_a_size_along_each_axis() -> None:
    assert sized(5, (6, 8, 5)) == (5, 5, 5)
    assert sized((6, 8), (6, 8)) == (6, 8)
