"""Features against closed forms and independent implementations."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.features.binary_patterns import binary_patterns
from fewfold.data.features.cooccurrence import cooccurrence, directions
from fewfold.data.features.first_order import first_order
from fewfold.data.features.handcrafted import feature_table, handcrafted
from fewfold.data.features.layout import CELLS, layout
from fewfold.data.features.shape import shape
from fewfold.data.features.wavelet import wavelet


def test_first_order_agrees_with_scipy() -> None:
    from scipy import stats

    values = np.random.default_rng(1).random(200)
    told = first_order(values)
    counts = np.histogram(values, 32, (0, 1))[0]
    assert told["skewness"] == pytest.approx(stats.skew(values), rel=1e-12)
    assert told["kurtosis"] == pytest.approx(stats.kurtosis(values), rel=1e-12)
    assert told["entropy"] == pytest.approx(stats.entropy(counts, base=2), rel=1e-12)
    assert told["p50"] == np.median(values)


def test_constant_values_have_no_moments_and_no_entropy() -> None:
    told = first_order(np.full(9, 0.5))
    assert (told["sd"], told["skewness"], told["kurtosis"], told["entropy"]) == (0, 0, 0, 0)


# scikit-image 0.26.0, graycomatrix and graycoprops: distance 1, 0, 45, 90 and 135 degrees, symmetric, normed
GOLDEN = {
    "contrast": 50.097056878306894,
    "dissimilarity": 5.727678571428573,
    "homogeneity": 0.1563084374073176,
    "energy": 0.12470875351143855,
    "correlation": -0.009547571908564917,
}


def test_cooccurrence_agrees_with_scikit_image() -> None:
    levels = np.random.default_rng(5).integers(0, 16, (9, 7))
    told = cooccurrence((levels + 0.5) / 16)
    assert {name: told[name] for name in GOLDEN} == pytest.approx(GOLDEN, rel=1e-12)


def test_cooccurrence_of_a_chessboard() -> None:
    board = np.indices((8, 8)).sum(axis=0) % 2 * 0.99  # levels 0 and 15
    told = cooccurrence(board)
    assert told["contrast"] == pytest.approx(15**2 / 2)  # along the axes neighbours differ, along the diagonals not
    assert told["correlation"] == pytest.approx(0)


def test_a_volume_has_thirteen_directions_and_a_turn_changes_nothing() -> None:
    assert (len(directions(2)), len(directions(3))) == (4, 13)
    for size in ((6, 7), (4, 5, 6)):
        image = np.random.default_rng(2).random(size)
        assert cooccurrence(np.rot90(image)) == pytest.approx(cooccurrence(image))


def test_pairs_count_where_both_are_inside() -> None:
    image = np.random.default_rng(3).random((6, 8))
    inside = np.zeros(image.shape, bool)
    inside[1:4, 2:7] = True
    assert cooccurrence(image, inside) == pytest.approx(cooccurrence(image[1:4, 2:7]))
    lonely = np.zeros(image.shape, bool)
    lonely[0, 0] = True
    assert set(cooccurrence(image, lonely).values()) == {0.0}


def test_binary_patterns_of_a_point_an_edge_and_a_plain() -> None:
    point = np.zeros((3, 3))
    point[1, 1] = 1
    assert binary_patterns(point)["lbp0"] == 1  # no neighbour is as bright
    assert binary_patterns(np.zeros((5, 5)))["lbp8"] == 1
    edge = np.repeat([[0.0, 0.0, 1.0]], 3, axis=0)
    assert binary_patterns(edge)["lbp8"] == 1  # ties count as bright
    assert binary_patterns(-edge)["lbp5"] == 1  # three of the eight are darker
    cross = np.array([[0, 1, 0], [1, 0.5, 1], [0, 1, 0]], float)
    assert binary_patterns(cross)["lbp9"] == 1  # eight changes around the circle
    ridge = np.array([[0, 1, 0], [0, 0.5, 0], [0, 1, 0]], float)
    assert binary_patterns(ridge)["lbp9"] == 1  # four


def test_binary_patterns_do_not_change_with_a_turn_or_a_brighter_light() -> None:
    image = np.random.default_rng(4).random((9, 11))
    told = binary_patterns(image)
    assert sum(told.values()) == pytest.approx(1)
    assert binary_patterns(np.rot90(image)) == told == binary_patterns(image**2)


def test_wavelets_keep_the_energy() -> None:
    """The transform is orthonormal: the squares of all bands sum to those of the image (Parseval)."""
    for size in ((8, 8), (8, 8, 8)):
        image, axes = np.random.default_rng(6).random(size), len(size)
        told = wavelet(image)
        bands = [sum(step) for step in product((0, 1), repeat=axes)]
        energy = sum(
            told[f"haar{scale}_{n}"] ** 2 * bands.count(n) * image.size / 2 ** (axes * scale)
            for scale, n in product((1, 2, 3), range(1, axes + 1))
        )
        assert energy + image.mean() ** 2 * image.size == pytest.approx((image**2).sum())


def test_stripes_are_told_at_their_scale() -> None:
    stripes = np.tile([1.0, 0.0], (8, 4))
    told = wavelet(stripes)
    assert told["haar1_1"] == pytest.approx(np.sqrt((1**2 + 0) / 2))  # each pair: 1 / root 2 along two axes is 1
    assert told["haar2_1"] == told["haar3_1"] == told["haar1_2"] == 0
    assert set(wavelet(np.ones((1, 5))).values()) == {0.0}


def test_a_disc_and_an_ellipsoid_have_their_axes() -> None:
    y, x = np.ogrid[-40:41, -40:41]
    disc = shape((2 * y) ** 2 + x**2 <= 30**2, spacing=(0.5, 0.5))
    assert disc["major"] == pytest.approx(30, rel=0.01)
    assert disc["minor"] == pytest.approx(15, rel=0.01)
    assert disc["size"] == pytest.approx(np.pi * 15 * 7.5, rel=0.01)
    assert disc["extent"] == disc["size"] / 0.25 / (31 * 61)
    z, y, x = np.ogrid[-12:13, -24:25, -24:25]
    ball = shape(z**2 * 4 + y**2 + x**2 <= 20**2, spacing=(2, 1, 1))
    assert ball["elongation"] == pytest.approx(1, rel=0.02)
    assert ball["major"] == pytest.approx(40, rel=0.02)


def test_a_point_is_a_box() -> None:
    """Evenly filled, it has a variance of a twelfth of its squared side."""
    point = np.zeros((3, 3), bool)
    point[1, 1] = True
    assert shape(point, spacing=(2, 1))["major"] == pytest.approx(4 * np.sqrt(4 / 12))


def test_parts_are_counted_and_nothing_is_all_zero() -> None:
    two = np.zeros((5, 5), bool)
    two[0, 0] = two[3, 3] = two[4, 4] = True  # the last two touch at a corner
    assert shape(two)["parts"] == 2
    assert set(shape(np.zeros((5, 5), bool)).values()) == {0.0}


def colour(dtype: type = np.uint8, **more: object) -> Image:
    pixels = np.random.default_rng(7).integers(0, 255, (12, 10, 3)).astype(dtype)
    return Image(pixels, **more)  # type: ignore[arg-type]


def test_each_channel_has_features_and_a_mask_has_a_form() -> None:
    mask = np.zeros((12, 10), np.uint8)
    mask[2:8, 3:9] = 1
    told = handcrafted(colour(masks={"cell": mask}), mask="cell")
    assert told["c0_mean"] == pytest.approx(colour().pixels[2:8, 3:9, 0].mean() / 255)
    assert told["cell_size"] == 36
    assert np.isfinite(list(told.values())).all()


def test_a_given_range_is_the_scale_of_the_values() -> None:
    image = Image(np.linspace(-1000, 1000, 60, dtype=np.float32).reshape(3, 4, 5), volume=True)
    assert handcrafted(image, value_range=(-1000, 3000))["mean"] == pytest.approx(0.25)
    assert handcrafted(image)["mean"] == pytest.approx(0.5)


def test_images_become_a_table() -> None:
    table = feature_table(Images.of([colour(), colour()]))
    assert table.shape[0] == 2 and table.iloc[0].equals(table.iloc[1].rename(0))


@pytest.mark.parametrize(
    ("image", "mask", "found"),
    [
        (colour(np.float32), "cell", "no mask"),
        (colour(masks={"cell": np.zeros((12, 10), np.uint8)}), "cell", "empty"),
        (Image(np.full((4, 4), np.nan, np.float32)), None, "16 values"),
    ],
)
def test_what_has_no_features_is_refused(image: Image, mask: str | None, found: str) -> None:
    with pytest.raises(BadInput, match=found):
        handcrafted(image, mask=mask)


def test_no_feature_takes_the_place_of_another() -> None:
    plane = np.random.default_rng(0).random((9, 9))
    parts = first_order(plane.ravel()), cooccurrence(plane), binary_patterns(plane), wavelet(plane), layout(plane)
    names = [name for part in parts for name in part]
    assert len(set(names)) == len(names)
    assert len(handcrafted(Image(plane.astype(np.float32)))) == len(names) - CELLS**2


def test_the_layout_says_where_and_not_how_bright() -> None:
    image = np.zeros((8, 12))
    image[0:2, 9:12] = 1.0
    told = layout(image)
    assert told["at_0_3"] == pytest.approx(1 - 1 / 16)
    assert told["at_0_0"] == pytest.approx(-1 / 16)
    assert layout(image[:, ::-1])["at_0_0"] == told["at_0_3"]
    odd = np.random.default_rng(1).random((5, 7))
    assert layout(odd[:, ::-1])["at_1_0"] == pytest.approx(layout(odd)["at_1_3"])
    assert layout(image + 5) == pytest.approx(told)
    assert len(layout(np.random.default_rng(0).random((2, 5, 3)))) == 64
