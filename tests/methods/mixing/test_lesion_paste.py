"""Copied lesions: all of them within the region, unaltered, and faded out as the distance says."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_erosion, distance_transform_edt

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.methods.mixing.labelled import Labelled
from fewfold.methods.mixing.lesion_paste import LesionPaste, room


def ball(shape: tuple[int, ...], middle: tuple[float, ...], radius: float) -> np.ndarray:
    return sum((axis - m) ** 2 for axis, m in zip(np.indices(shape), middle, strict=True)) <= radius**2


def pair(shape: tuple[int, ...], dtype: str = "float32", channels: tuple[int, ...] = ()) -> tuple[Labelled, Labelled]:
    """A first sample with an organ and a lesion in it, and a second with two lesions."""
    rng, n = np.random.default_rng(0), len(shape)
    one, other = ((rng.random(shape + channels) * 250).astype(dtype) for _ in range(2))
    organ = ball(shape, tuple(s * 0.55 for s in shape), min(shape) * 0.4)
    mine = ball(shape, tuple(s * 0.4 for s in shape), 2) & organ
    theirs = ball(shape, (4.0,) * n, 2) * 1 + ball(shape, tuple(s - 5.0 for s in shape), 3) * 3
    spacing = (2.0,) + (1.0,) * (n - 1)
    label = np.eye(2)[1]
    first = Labelled(one, spacing, mask=mine.astype(np.int16), region=organ.astype(np.uint8), label=label)
    return first, Labelled(other, spacing, mask=theirs.astype(np.int16))


@pytest.mark.parametrize(("shape", "channels"), [((32, 28), ()), ((32, 28), (3,)), ((20, 24, 22), ())])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_lesion_lies_in_the_region_unaltered(shape, channels, dtype) -> None:  # type: ignore[no-untyped-def]
    first, second = pair(shape, dtype, channels)
    rng, before = np.random.default_rng(1), first.values.copy()
    seen = set()
    for _ in range(20):
        drawn = LesionPaste(edge=0).draw(rng, first, second)
        made = LesionPaste(edge=0).apply(first, second, drawn)
        label = {1: 1, 2: 3}[drawn["lesion"]]
        (source,) = [second.mask == label]
        target = np.roll(source, drawn["offset"], axis=tuple(range(len(shape))))
        assert not (target & (first.region == 0)).any()
        assert not (target & first.lesion).any()
        assert np.array_equal(made.values[target], second.values[source])
        assert np.array_equal(made.values[~target], first.values[~target])
        assert np.array_equal(made.mask, np.where(target, label, first.mask))
        assert made.label is None
        seen.add((drawn["lesion"], *drawn["offset"]))
    assert len(seen) > 10
    assert {lesion for lesion, *_ in seen} == {1, 2}
    assert np.array_equal(first.values, before)


@pytest.mark.parametrize("shape", [(16, 15), (9, 12, 10)])
def test_room_is_an_erosion(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    free = rng.random(shape) < 0.9
    free[:2] = free[:, -3:] = False
    lesion = rng.random((2,) * len(shape)) < 0.7
    lesion[(0,) * len(shape)] = lesion[(1,) * len(shape)] = True
    eroded = binary_erosion(free, lesion, origin=(-1,) * len(shape))
    assert np.array_equal(room(free, lesion), np.argwhere(eroded))
    assert room(free, np.ones(shape, bool)).shape == (0, len(shape))
    assert room(free & False, lesion).shape == (0, len(shape))


def test_places_are_drawn_evenly() -> None:
    """A lesion of one point and a region of 12: chi-squared within the 99.9 % limit of 11 degrees."""
    region = np.zeros((8, 8), np.uint8)
    region[2:5, 3:7] = 1
    mask = np.zeros((8, 8), np.uint8)
    first = Labelled(np.zeros((8, 8)), (1.0, 1.0), mask=mask, region=region)
    second = replace(first, mask=(np.indices((8, 8)).sum(axis=0) == 0).astype(np.uint8))
    rng = np.random.default_rng(0)
    offsets = [tuple(LesionPaste().draw(rng, first, second)["offset"]) for _ in range(1200)]
    counts = np.array([offsets.count(place) for place in set(offsets)])
    assert len(counts) == 12
    assert ((counts - 100) ** 2 / 100).sum() < 31.26


@pytest.mark.parametrize("shape", [(32, 28), (20, 24, 22)])
@pytest.mark.parametrize("edge", [1.0, 3.0])
def test_the_surroundings_fade_out_with_the_distance(shape: tuple[int, ...], edge: float) -> None:
    first, second = pair(shape, "float64")
    assert first.region is not None
    assert second.mask is not None
    for seed in range(5):
        drawn = LesionPaste(edge=edge).draw(np.random.default_rng(seed), first, second)
        made = LesionPaste().apply(first, second, drawn)  # the width on record counts
        axes = tuple(range(len(shape)))
        lesion = second.mask == {1: 1, 2: 3}[drawn["lesion"]]
        near = distance_transform_edt(~lesion, sampling=second.spacing)
        weight = np.where((second.mask != 0) & ~lesion, 0, np.clip(1 - near / edge, 0, 1))
        moved, values = (np.roll(part, drawn["offset"], axis=axes) for part in (weight, second.values))
        inside = np.roll(np.ones(shape), drawn["offset"], axis=axes)
        for axis, step in enumerate(drawn["offset"]):  # what np.roll brings round from the other side
            edge_of = np.moveaxis(inside, axis, 0)
            edge_of[slice(0, step) if step >= 0 else slice(step, None)] = 0
        moved = moved * inside * (first.region != 0) * (first.mask == 0)
        np.testing.assert_allclose(made.values, (1 - moved) * first.values + moved * values, rtol=1e-12)


def test_what_fades_out_is_no_other_lesion() -> None:
    """The lesion goes to column 6, and 1/4 is lost a column. Column 8 would be the other lesion."""
    mask = np.zeros((1, 12), np.uint8)
    mask[0, [5, 7]] = 1
    first = Labelled(np.zeros((1, 12)), (1.0, 1.0), mask=np.zeros_like(mask), region=np.ones_like(mask))
    second = Labelled(np.ones((1, 12)), (1.0, 1.0), mask=mask)
    made = LesionPaste().apply(first, second, {"lesion": 1, "offset": [0, 1], "edge": 4.0})
    assert made.values[0].tolist() == [0, 0, 0, 0.25, 0.5, 0.75, 1, 0.75, 0, 0.25, 0, 0]
    assert np.flatnonzero(made.mask).tolist() == [6]  # type: ignore[arg-type]


@pytest.mark.parametrize("channels", [(), (2,)])
def test_missing_values_stay_where_they_are(channels: tuple[int, ...]) -> None:
    mask = np.zeros((9, 9), np.uint8)
    mask[4, 4] = 1
    first = Labelled(np.zeros((9, 9, *channels)), (1.0, 1.0), mask=mask * 0, region=np.ones_like(mask))
    second = Labelled(np.ones((9, 9, *channels)), (1.0, 1.0), mask=mask)
    first.values[4, 4] = first.values[0, 0] = second.values[2, 4] = np.nan
    made = LesionPaste().apply(first, second, {"lesion": 1, "offset": [0, 0], "edge": 2.0})
    assert (made.values[4, 4] == 1).all()
    assert np.isnan(made.values).sum() == np.isnan(made.values[0, 0]).sum() > 0


def test_draws_are_json_and_replay_bit_for_bit() -> None:
    first, second = pair((32, 28))
    drawn = LesionPaste().draw(np.random.default_rng(3), first, second)
    assert LesionPaste().draw(np.random.default_rng(3), first, second) == drawn
    one, again = (LesionPaste().apply(first, second, each) for each in (drawn, json.loads(json.dumps(drawn))))
    assert np.array_equal(one.values, again.values)
    assert np.array_equal(one.mask, again.mask)  # type: ignore[arg-type]


def test_what_cannot_be_pasted_has_a_reason() -> None:
    first, second = pair((32, 28))
    rng = np.random.default_rng(0)
    with pytest.raises(NotApplicable, match="no lesion"):
        LesionPaste().draw(rng, first, replace(second, mask=np.zeros((32, 28), np.int16)))
    for region in (np.zeros((32, 28), int), ball((32, 28), (16, 14), 1)):
        with pytest.raises(NotApplicable, match="no room for lesion"):
            LesionPaste().draw(rng, replace(first, region=region), second)
    with pytest.raises(BadInput, match="a region in which"):
        LesionPaste().draw(rng, replace(first, region=None), second)
    with pytest.raises(BadInput, match="one form"):
        LesionPaste().draw(rng, first, replace(second, mask=None))
    with pytest.raises(BadInput, match="an edge"):
        LesionPaste(edge=-1)
