from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from fewfold.methods.image_models.registration import registered, warped


def texture(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return gaussian_filter(np.random.default_rng(seed).normal(size=shape), 3, mode="wrap") * 10


def inner(error: np.ndarray, margin: int = 6) -> np.ndarray:
    return error[(slice(margin, -margin),) * error.ndim]


@pytest.mark.parametrize(("shift", "spacing"), [((2.3, -1.6), (1.0, 1.0)), ((0.4, 3.0), (2.0, 1.0))])
def test_a_translation_is_found(shift: tuple[float, ...], spacing: tuple[float, ...]) -> None:
    """A periodic texture, moved by Fourier's shift theorem: moving(x + shift) = fixed(x)."""
    fixed = texture((64, 64))
    turns = [np.fft.fftfreq(64).reshape(s) for s in ((64, 1), (1, 64))]
    phase = sum(f * by / step for f, by, step in zip(turns, shift, spacing, strict=True))
    moving = np.fft.ifft2(np.fft.fft2(fixed) * np.exp(-2j * np.pi * phase)).real
    field = registered(fixed[None], moving[None], spacing)
    error = np.sqrt(((field - np.reshape(shift, (2, 1, 1))) ** 2).sum(axis=0))
    assert inner(error).mean() < 0.1
    assert np.percentile(inner(error), 95) < 0.25


def test_a_smooth_warp_is_found() -> None:
    n, moving = 64, texture((64, 64), 1)
    rows, columns = np.indices((n, n)) / (n - 1)
    true = np.stack(
        [1.5 * np.sin(2 * np.pi * columns) * np.sin(np.pi * rows), 2 * np.cos(np.pi * rows) * np.sin(np.pi * columns)]
    )
    fixed = map_coordinates(moving, np.indices((n, n)) + true, order=3, mode="nearest")
    field = registered(fixed[None], moving[None], (1.0, 1.0))
    error = np.sqrt(((field - true) ** 2).sum(axis=0))
    assert np.sqrt((true**2).sum(axis=0)).mean() > 1
    assert inner(error).mean() < 0.12


def test_a_volume_is_registered() -> None:
    """A smooth volume and its translation, both from a formula; thick slices."""
    shape, spacing, shift = (18, 32, 30), (2.0, 1.0, 1.0), (2.0, -1.6, 0.8)
    axes = np.meshgrid(*[(np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, spacing, strict=True)], indexing="ij")

    def bumps(by: tuple[float, ...]) -> np.ndarray:
        moved = [axis - step for axis, step in zip(axes, by, strict=True)]
        centres = np.random.default_rng(0).uniform(-12, 12, (14, 3))
        return sum(np.exp(-sum((a - c) ** 2 for a, c in zip(moved, centre, strict=True)) / 18) for centre in centres)

    field = registered(bumps((0, 0, 0))[None], bumps(shift)[None], spacing)
    error = np.sqrt(((field - np.reshape(shift, (3, 1, 1, 1))) ** 2).sum(axis=0))
    seen = inner(bumps((0, 0, 0)), 4) > 0.3
    assert inner(error, 4)[seen].mean() < 0.25


def test_channels_are_registered_together() -> None:
    """Neither stripe shows both components of the translation; together they do."""
    rows, columns = np.indices((48, 48))

    def stripes(down: float, right: float) -> np.ndarray:
        return np.stack([np.sin((rows - down) / 4), np.sin((columns - right) / 4)])

    field = registered(stripes(0, 0), stripes(1.5, -1.0), (1.0, 1.0))
    assert np.abs(inner(field[0]) - 1.5).mean() < 0.1
    assert np.abs(inner(field[1]) + 1.0).mean() < 0.1


def test_an_image_is_where_it_is() -> None:
    image = texture((32, 40))[None]
    assert np.array_equal(registered(image, image, (1.0, 1.0)), np.zeros((2, 32, 40)))
    flat = np.zeros((1, 9, 5))
    assert np.array_equal(registered(flat, flat + 1, (1.0, 1.0)), np.zeros((2, 9, 5)))


def test_a_start_is_where_it_sets_out() -> None:
    """On flat images nothing moves a constant start."""
    start = np.full((2, 16, 16), 3.0)
    assert np.allclose(registered(np.zeros((1, 16, 16)), np.zeros((1, 16, 16)), (1.0, 1.0), start=start), 3.0)


def test_warping_reads_at_the_displaced_places() -> None:
    ramp = np.arange(20.0) * np.ones((6, 1))
    field = np.stack([np.zeros((6, 20)), np.full((6, 20), 1.5)])
    assert np.allclose(warped(ramp[None], field, (1.0, 0.5))[0][:, :16], ramp[:, :16] + 3)
