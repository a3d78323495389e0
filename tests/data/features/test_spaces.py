"""Feature spaces give the same numbers for the same identity, and another identity for other numbers."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import correlate

from fewfold.core.errors import BadInput, MissingExtra
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.features.averaged import averaged
from fewfold.data.features.handcrafted import Handcrafted, feature_table
from fewfold.data.features.random_network import RandomNetwork
from fewfold.data.features.space import FeatureSpace
from fewfold.data.features.supplied import Supplied, file_hash, torchscript

RNG = np.random.default_rng(0)
PLANES = Images.of([Image(RNG.random((40, 56))) for _ in range(3)])
VOLUMES = Images.of([Image(RNG.random((20, 24, 28)), volume=True) for _ in range(2)])
COLOURS = Images.of([Image(RNG.integers(0, 256, (30, 30, 3), dtype=np.uint8)) for _ in range(2)])


def test_averages_by_hand() -> None:
    np.testing.assert_allclose(averaged(np.array([0.0, 3.0, 6.0]), [2]), [1.0, 5.0])  # boxes of one and a half
    np.testing.assert_allclose(averaged(np.array([0.0, 4.0]), [4]), [0.0, 0.0, 4.0, 4.0])
    values = RNG.random((6, 9, 2))
    assert averaged(values, [4, 5]).mean() == pytest.approx(values.mean(), rel=1e-12)


@pytest.mark.parametrize(("axes", "channels", "images"), [(2, 1, PLANES), (3, 1, VOLUMES), (2, 3, COLOURS)])
def test_a_seed_tells_all(axes: int, channels: int, images: Images) -> None:
    space = RandomNetwork(5, axes, channels)
    points, again = space.coordinates(images), RandomNetwork(5, axes, channels).coordinates(images)
    assert points.shape == (len(images), 64)
    assert points.tobytes() == again.tobytes()
    other = RandomNetwork(6, axes, channels)
    assert other.identity != space.identity
    assert not np.allclose(other.coordinates(images), points)
    assert (points.std(axis=0) > 0).all()  # no coordinate is silent


def test_is_what_a_convolution_by_scipy_gives() -> None:
    space = RandomNetwork(1)
    maps = averaged(PLANES[0].pixels, (64, 64))[..., None]
    low, high = PLANES[0].pixels.min(), PLANES[0].pixels.max()
    maps = (maps - low) / (high - low)
    for k, layer in enumerate(space.weights):
        kernels = layer.reshape(len(layer), maps.shape[-1], 3, 3)
        sums = [
            sum(correlate(maps[..., c], kernel[c], mode="nearest") for c in range(maps.shape[-1])) for kernel in kernels
        ]
        maps = np.abs(np.stack(sums, -1)) if k == 2 else np.maximum(np.stack(sums, -1), 0)
        size = 2 if k == 2 else maps.shape[0] // 2
        step = maps.shape[0] // size
        maps = maps.reshape(size, step, size, step, -1).mean(axis=(1, 3))
    np.testing.assert_allclose(space.coordinates(PLANES)[0], maps.ravel(), rtol=1e-9)


def test_weights_have_the_variance_of_he_and_later_filters_add_up_to_nothing() -> None:
    first, second, third = RandomNetwork(2, channels=3).weights
    assert first.shape == (16, 27) and second.shape == (32, 144) and third.shape == (16, 288)
    for layer in (second, third):
        np.testing.assert_allclose(layer.sum(axis=1), 0, atol=1e-12)
        assert layer.var() == pytest.approx(2 / layer.shape[1], rel=0.05)


def test_the_settings_are_in_the_identity() -> None:
    spaces: list[FeatureSpace] = [
        *(RandomNetwork(0), RandomNetwork(1), RandomNetwork(0, 3), RandomNetwork(0, 2, 3)),
        *(RandomNetwork(0, value_range=(0, 1)), Handcrafted(), Handcrafted("lesion"), Handcrafted(None, (0, 2))),
        *(Supplied("a", "1", lambda x: x), Supplied("a", "2", lambda x: x), Supplied("a", "1", lambda x: x, "ff")),
    ]
    assert len({space.identity for space in spaces}) == len(spaces)


def test_handcrafted_coordinates_are_the_feature_table() -> None:
    np.testing.assert_array_equal(Handcrafted().coordinates(PLANES), feature_table(PLANES).to_numpy())


def test_images_of_another_kind_are_refused() -> None:
    for space, images in ((RandomNetwork(), VOLUMES), (RandomNetwork(), COLOURS), (RandomNetwork(axes=3), PLANES)):
        with pytest.raises(BadInput, match="channels"):
            space.coordinates(images)


def test_what_is_supplied_is_checked() -> None:
    with pytest.raises(BadInput, match="shape"):
        Supplied("a", "1", lambda images: np.zeros(len(images))).coordinates(PLANES)
    with pytest.raises(BadInput, match="image 1"):
        Supplied("a", "1", lambda images: np.full((len(images), 2), np.nan)).coordinates(PLANES)


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"fewfold\[neural\]"):
        torchscript(tmp_path / "net.pt", name="net", version="1")


def test_a_torchscript_module_is_read(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "net.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of writing such files; there are many to read
        torch.jit.script(torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())).save(str(path))
    space = torchscript(path, name="mean", version="1", value_range=(0.0, 1.0))
    assert file_hash(path) in space.identity
    expected = [[image.pixels.mean()] for image in PLANES]
    np.testing.assert_allclose(space.coordinates(PLANES), expected, rtol=1e-5)
