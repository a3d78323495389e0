"""CarveMix against closed forms: distances from a half space and from a ball, in millimetres."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.methods.mixing.carvemix import CarveMix, signed_distance
from fewfold.methods.mixing.labelled import Labelled

rng = np.random.default_rng(0)


def pair(lesion: np.ndarray, spacing: tuple[float, ...], channels: tuple[int, ...] = ()) -> tuple[Labelled, Labelled]:
    own = np.zeros(lesion.shape, np.uint8)
    own.flat[:3] = 5
    first = Labelled(rng.random(lesion.shape + channels), spacing, mask=own, label=np.eye(2)[0])
    return first, Labelled(rng.random(lesion.shape + channels), spacing, mask=lesion.astype(np.uint8) * 2)


def test_the_distance_of_a_half_space() -> None:
    """Point k of a lesion that begins at 4 lies (k - 4) + 1 steps within, or 4 - k before it."""
    lesion = np.zeros((10, 6), bool)
    lesion[4:] = True
    expected = np.where(np.arange(10) < 4, 4 - np.arange(10), -(np.arange(10) - 4 + 1)) * 2.5
    np.testing.assert_allclose(signed_distance(lesion, (2.5, 1.0)), np.broadcast_to(expected[:, None], (10, 6)))


@pytest.mark.parametrize("share", [-0.5, -0.2, 0.0, 0.3, 1.0])
@pytest.mark.parametrize("channels", [(), (2,)])
def test_what_is_carved_from_a_half_space(share: float, channels: tuple[int, ...]) -> None:
    """The largest depth is 6 steps of 2.5 mm: the threshold is a share of 15 mm."""
    lesion = np.zeros((10, 6), bool)
    lesion[4:] = True
    first, second = pair(lesion, (2.5, 1.0), channels)
    made = CarveMix().apply(first, second, {"share": share})
    k = np.arange(10)
    carved = np.where(k < 4, 2.5 * (4 - k), -2.5 * (k - 3)) <= share * 15
    assert made.mask is not None
    assert second.mask is not None
    assert first.mask is not None
    for row in range(10):
        source = second if carved[row] else first
        assert source.mask is not None
        assert np.array_equal(made.values[row], source.values[row])
        assert np.array_equal(made.mask[row], source.mask[row])
    assert made.label is None


def test_a_point_alone_is_carved_whole_and_grows_to_a_cross() -> None:
    """A lesion of one point has a depth of 1 step: at -1/2 it stays, at 1 its six neighbours come with it."""
    lesion = np.zeros((7, 7, 7), bool)
    lesion[3, 3, 3] = True
    first, second = pair(lesion, (1.0, 1.0, 1.0))
    for share, n in [(-0.5, 1), (0.0, 1), (0.99, 1), (1.0, 7)]:
        made = CarveMix().apply(first, second, {"share": share})
        assert (made.values == second.values).sum() == n
        assert (made.values == first.values).sum() == 343 - n


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize(("shape", "spacing"), [((30, 25), (1.0, 1.5)), ((9, 20, 15), (3.0, 1.0, 0.7))])
def test_what_is_carved_near_the_lesions_is_what_is_carved_from_the_whole(seed, shape, spacing) -> None:  # type: ignore[no-untyped-def]
    """Lesions of all sizes, at the edges of the field too, against distances over the whole field."""
    own = np.random.default_rng(seed)
    corner, size = own.integers(0, shape), own.integers(1, shape)
    lesion = np.zeros(shape, bool)
    lesion[tuple(slice(c, c + n) for c, n in zip(corner, size, strict=True))] = True
    lesion[tuple(corner)] = True
    first, second = pair(lesion, spacing)
    outside, inside = (distance_transform_edt(part, sampling=spacing) for part in (~lesion, lesion))
    for share in (-0.5, -0.1, 0.4, 1.0):
        carved = outside - inside <= share * inside.max()
        made = CarveMix().apply(first, second, {"share": share})
        assert np.array_equal(made.values, np.where(carved, second.values, first.values))
        assert np.array_equal(made.mask, np.where(carved, second.mask, first.mask))  # type: ignore[arg-type]


def test_a_ball_in_millimetres() -> None:
    """What is carved from a ball of 10 mm is a ball too, of 10 mm plus the threshold, within a step."""
    z, y, x = np.meshgrid(np.arange(-9, 10) * 2.0, np.arange(-20, 21), np.arange(-20, 21), indexing="ij")
    radius = np.sqrt(z**2 + y**2 + x**2)
    first, second = pair(radius <= 10, (2.0, 1.0, 1.0))
    for share in (-0.5, 0.5):
        carved = CarveMix().apply(first, second, {"share": share}).values == second.values
        assert carved[radius < 10 + 10 * share - 2].all()
        assert not carved[radius > 10 + 10 * share + 2].any()


def test_thresholds_are_drawn_from_both_halves() -> None:
    """-1/2 to 0 and 0 to 1 with even chance, each evenly: means -1/4 and 1/2."""
    first, second = pair(np.eye(5, dtype=bool), (1.0, 1.0))
    shares = np.array([CarveMix().draw(rng, first, second)["share"] for _ in range(4000)])
    assert shares.min() >= -0.5
    assert shares.max() <= 1
    assert abs((shares < 0).mean() - 0.5) < 4 * 0.5 / np.sqrt(4000)
    assert abs(shares[shares < 0].mean() + 0.25) < 4 * 0.5 / np.sqrt(12 * 2000)
    assert abs(shares[shares > 0].mean() - 0.5) < 4 / np.sqrt(12 * 2000)


def test_draws_are_json_and_replay_bit_for_bit() -> None:
    first, second = pair(np.eye(5, dtype=bool), (1.0, 1.0))
    drawn = CarveMix().draw(np.random.default_rng(1), first, second)
    assert CarveMix().draw(np.random.default_rng(1), first, second) == drawn
    one, again = (CarveMix().apply(first, second, each) for each in (drawn, json.loads(json.dumps(drawn))))
    assert np.array_equal(one.values, again.values)


def test_what_cannot_be_carved_has_a_reason() -> None:
    for lesion, match in [(np.zeros((5, 5)), "no lesion"), (np.ones((5, 5)), "fill its field")]:
        with pytest.raises(NotApplicable, match=match):
            CarveMix().apply(*pair(lesion, (1.0, 1.0)), {"share": 0.5})
    bare = Labelled(np.zeros((5, 5)), (1.0, 1.0))
    with pytest.raises(BadInput, match="with a mask"):
        CarveMix().apply(bare, bare, {"share": 0.5})
