"""CutMix: the box is the partner's, all else is not, and the label has the exact share of points."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.mixing.cutmix import CutMix
from fewfold.methods.mixing.labelled import Labelled

SHAPES = [((13, 9), (1.0, 1.0)), ((13, 9, 3), (1.0, 1.0)), ((5, 16, 7), (2.0, 1.0, 1.0))]


def pair(shape: tuple[int, ...], spacing: tuple[float, ...]) -> tuple[Labelled, Labelled]:
    """Zeros of the first class, and ones of the second; so that a mean is a share."""
    grid = shape[: len(spacing)]
    one, other = (
        Labelled(np.full(shape, k, np.uint8), spacing, label=np.eye(2)[k], mask=np.full(grid, k, np.uint8))
        for k in (0, 1)
    )
    return one, other


@pytest.mark.parametrize(("shape", "spacing"), SHAPES)
def test_the_label_is_the_exact_share_of_points(shape: tuple[int, ...], spacing: tuple[float, ...]) -> None:
    one, other = pair(shape, spacing)
    rng = np.random.default_rng(0)
    shares = set()
    for _ in range(200):
        made = CutMix().apply(one, other, CutMix().draw(rng, one, other))
        share = Fraction(int(made.values.sum()), made.values.size)
        assert made.label is not None
        np.testing.assert_allclose(made.label, [float(1 - share), float(share)], rtol=0, atol=1e-15)
        assert made.mask is not None
        assert np.array_equal(made.over(made.mask) * np.ones_like(made.values), made.values)
        shares.add(share)
    assert len(shares) > 30
    assert not one.values.any()
    assert other.values.all()


def test_a_box_by_hand() -> None:
    rng = np.random.default_rng(0)
    one, other = (Labelled(rng.random((4, 5, 6)), (1.0, 1.0, 1.0), label=np.eye(2)[k]) for k in (0, 1))
    made = CutMix().apply(one, other, {"low": [1, 0, 2], "high": [3, 2, 5]})
    expected = one.values.copy()
    expected[1:3, 0:2, 2:5] = other.values[1:3, 0:2, 2:5]
    assert np.array_equal(made.values, expected)
    assert made.label is not None
    np.testing.assert_allclose(made.label, [108 / 120, 12 / 120], rtol=0, atol=1e-15)
    assert made.mask is None


@pytest.mark.parametrize("grid", [(400, 200), (300, 200, 100)])
def test_boxes_have_the_proportions_of_the_image_and_the_drawn_share(grid: tuple[int, ...]) -> None:
    """The share of a box that no edge cuts is beta(1, 1): evenly drawn.

    The chance that a box of side s (as a share of the image) is not cut is (1 - s) ** dims. So among boxes of sides up
    to 1/3 the mean share, weighted by the inverse of that chance, is half of the largest.
    """
    one, dims = Labelled(np.zeros(grid, np.uint8), (1.0,) * len(grid)), len(grid)
    rng = np.random.default_rng(0)
    draws = [CutMix().draw(rng, one, one) for _ in range(12000)]
    low, high = (np.array([drawn[key] for drawn in draws]) for key in ("low", "high"))
    side = (high - low) / grid
    whole = ((low > 0) & (high < grid)).all(axis=1)
    assert np.ptp(side[whole], axis=1).max() <= 2 / min(grid)
    share = side.prod(axis=1)
    largest = (1 / 3) ** dims
    chosen = whole & (share < largest)
    mean = np.average(share[chosen], weights=1 / (1 - share[chosen] ** (1 / dims)) ** dims)
    assert abs(mean / (largest / 2) - 1) < 4 * 0.6 / np.sqrt(chosen.sum())


def test_draws_are_json_and_replay_bit_for_bit() -> None:
    one, other = pair((13, 9), (1.0, 1.0))
    drawn = CutMix().draw(np.random.default_rng(1), one, other)
    assert CutMix().draw(np.random.default_rng(1), one, other) == drawn == json.loads(json.dumps(drawn))


def test_bad_input_is_named() -> None:
    one, other = pair((13, 9), (1.0, 1.0))
    with pytest.raises(BadInput, match="one form"):
        CutMix().apply(one, Labelled(other.values, (1.0, 1.0), label=other.label), {"low": [0, 0], "high": [1, 1]})
    with pytest.raises(BadInput, match="alpha above 0"):
        CutMix(alpha=0)
