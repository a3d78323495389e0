"""Drawn patches: labels come with their weights, and a seed gives the same places."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.patches.place import Place
from fewfold.methods.patches.sampled import sampled

MASK = np.zeros((12, 20, 16), dtype=np.uint8)
MASK[5:8, 3:6, 10:13] = 1
MASK[0, 19, 15] = 2


def test_labels_come_with_their_weights() -> None:
    """Within four standard deviations of the binomial."""
    n, weights = 3000, {0: 1.0, 1: 3.0, 2: 0.5, 7: 9.0, 8: 0.0}
    found = Counter(place.label for place in sampled(MASK, 5, n, weights=weights, rng=np.random.default_rng(0)))
    assert set(found) == {0, 1, 2}  # 7 is not there, and leaves its weight to the others
    for label in (0, 1, 2):
        share = weights[label] / 4.5
        assert abs(found[label] - n * share) < 4 * np.sqrt(n * share * (1 - share))


def test_points_of_a_label_come_evenly() -> None:
    """A patch of one point is the point itself: 27 of them, chi-squared within the 99.9 % limit of 26 degrees."""
    places = sampled(MASK, 1, 2700, weights={1: 1}, rng=np.random.default_rng(1))
    assert all(place.cut(MASK).item() == 1 for place in places)
    counts = np.array(list(Counter(place.low for place in places).values()))
    assert len(counts) == 27
    assert ((counts - 100) ** 2 / 100).sum() < 54.05


def test_the_point_is_in_the_middle_or_the_patch_is_moved_inside() -> None:
    (corner,) = sampled(MASK, (4, 5, 6), 1, weights={2: 1}, rng=np.random.default_rng(0))
    assert corner == Place(0, MASK.shape, (0, 15, 10), (4, 5, 6), label=2)
    one = np.zeros((9, 9), dtype=bool)
    one[4, 5] = True
    (place,) = sampled(one, 3, 1, weights={1: 1}, rng=np.random.default_rng(0), source="a")
    assert place == Place("a", (9, 9), (3, 4), (3, 3), label=1)


def test_a_seed_gives_the_same_places() -> None:
    def draw(seed: int) -> list[Place]:
        return sampled(MASK, 5, 20, weights={0: 1, 1: 1}, rng=np.random.default_rng(seed))

    assert draw(3) == draw(3) == [Place.from_json(place.to_json()) for place in draw(3)]
    assert draw(3) != draw(4)


def test_bad_input_is_named() -> None:
    rng = np.random.default_rng(0)
    empty = np.zeros((9, 9), dtype=np.uint8)
    with pytest.raises(BadInput, match="empty mask"):
        sampled(empty, 3, 1, weights={1: 1}, rng=rng)
    with pytest.raises(BadInput, match="none has"):
        sampled(empty, 3, 1, weights={0: 0.0}, rng=rng)
    assert len(sampled(empty, 3, 2, weights={0: 1, 1: 1}, rng=rng)) == 2
    with pytest.raises(BadInput, match="fits into"):
        sampled(empty, 10, 1, weights={0: 1}, rng=rng)
    with pytest.raises(BadInput, match="whole labels"):
        sampled(np.zeros((9, 9)), 3, 1, weights={0: 1}, rng=rng)
    for weights in ({0: -1.0}, {0: float("nan")}, {0: float("inf")}):
        with pytest.raises(BadInput, match="weights of 0 or more"):
            sampled(empty, 3, 1, weights=weights, rng=rng)
    (place,) = sampled(empty, 3, 1, weights={0: 1}, rng=rng)
    with pytest.raises(BadInput, match="masks of its size"):
        place.cut(np.zeros((9, 10)))
