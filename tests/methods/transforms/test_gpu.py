"""The resampling on a GPU against scipy, and what it refuses."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy import ndimage

from fewfold.core.errors import MissingExtra
from fewfold.core.types import Floats
from fewfold.methods.transforms.engine.gpu import available, warp_batch

on_gpu = pytest.mark.skipif(not available(), reason="needs a GPU with torch and Triton")


def maps(n: int, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """(n, axes, axes + 1) small random affine maps about the middle, every other one mirrored."""
    axes, out = len(shape), []
    middle = (np.array(shape) - 1) / 2
    for i in range(n):
        linear = np.eye(axes) + rng.uniform(-0.2, 0.2, (axes, axes))
        linear[:, -1] *= -1 if i % 2 else 1
        out.append(np.c_[linear, middle - linear @ middle + rng.uniform(-3, 3, axes)])
    return np.array(out)


def by_scipy(image: Floats, matrix: Floats) -> Floats:
    """Order 1, 0 beyond the outermost points."""
    return ndimage.affine_transform(image.astype(np.float64), matrix[:, :-1], matrix[:, -1], order=1, mode="constant")


@on_gpu
@pytest.mark.parametrize("shape", [(37, 53), (64, 64), (1, 20), (20, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_those_of_scipy(shape: tuple[int, int], channels: int) -> None:
    import torch

    rng = np.random.default_rng(0)
    images, matrices = rng.integers(0, 256, (5, *shape, channels)), maps(5, shape, rng)
    expected = [
        np.stack([by_scipy(image[..., c], m) for c in range(channels)], -1)
        for image, m in zip(images, matrices, strict=True)
    ]
    for kind, close in ((np.float32, 0.01), (np.uint8, 0.51)):
        found = warp_batch(torch.from_numpy(images.astype(kind)).cuda(), torch.from_numpy(matrices))
        differs = np.abs(found.cpu().numpy() - np.array(expected))
        assert np.mean(differs > close) < 0.002  # a point within 1e-5 of the outermost ones may fall on either side


@on_gpu
def test_volumes_are_those_of_scipy() -> None:
    import torch

    rng = np.random.default_rng(1)
    volumes, matrices = rng.random((3, 17, 20, 33)).astype(np.float32), maps(3, (17, 20, 33), rng)
    found = warp_batch(torch.from_numpy(volumes).cuda(), torch.from_numpy(matrices)).cpu().numpy()
    expected = np.array([by_scipy(v, m) for v, m in zip(volumes, matrices, strict=True)])
    assert np.mean(np.abs(found - expected) > 1e-4) < 0.002


@on_gpu
def test_values_go_through_each_image_s_own_curve_and_table() -> None:
    import torch

    images = np.random.default_rng(2).integers(0, 256, (2, 8, 9, 1)).astype(np.uint8)
    still = np.tile(np.eye(2, 3), (2, 1, 1))
    tables = np.stack([np.arange(255, -1, -1), np.arange(256)]).astype(np.uint8)
    found = warp_batch(torch.from_numpy(images).cuda(), torch.from_numpy(still), tables=torch.from_numpy(tables))
    assert (found.cpu().numpy() == np.stack([255 - images[0], images[1]])).all()
    curves = np.array([[[1 / 255, 0.0, 0.5], [255.0, 1.0, 1.0]], [[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]]])
    real = images.astype(np.float32)
    found = warp_batch(torch.from_numpy(real).cuda(), torch.from_numpy(still), curves=torch.from_numpy(curves))
    assert found.cpu().numpy() == pytest.approx(np.stack([np.sqrt(real[0] / 255) * 255 + 1, real[1]]), rel=1e-5)


@on_gpu
def test_what_does_not_fit_is_refused() -> None:
    import torch

    images, maps_ = torch.zeros((2, 8, 8, 3), device="cuda"), torch.zeros((2, 2, 3))
    with pytest.raises(ValueError, match=r"found \(3, 2, 3\)|with \(3, 2, 3\)"):
        warp_batch(images, torch.zeros((3, 2, 3)))
    with pytest.raises(ValueError, match="tables must be"):
        warp_batch(images, maps_, tables=torch.zeros((2, 256)))
    with pytest.raises(ValueError, match="on a GPU"):
        warp_batch(images.cpu(), maps_)


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match="neural"):
        warp_batch(np.zeros((1, 2, 2, 1)), np.zeros((1, 2, 3)))
