"""Undersampling against numpy's own Fourier transform."""

from __future__ import annotations

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from methods.transforms.signals import VOLUME, acquired, drawn_by, signal


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("channels", [(), (2,)])
def test_the_magnitude_of_the_lines_that_stay(axis: int, channels: tuple[int, ...]) -> None:
    given = signal(*VOLUME, *channels)
    n = VOLUME[axis]
    lines = [-(n // 2), -3, -1, 0, 1, 4]
    kept = np.isin(np.fft.fftfreq(n, 1 / n), lines)
    column = kept.reshape((-1,) + (1,) * (given.ndim - axis - 1))
    wanted = np.abs(np.fft.ifft(np.fft.fft(given.astype(float), axis=axis) * column, axis=axis))
    assert kept.sum() == 6
    made = acquired("undersampling", given - 3, {"axis": axis, "lines": lines}, 3, levels=(-3, 1))
    np.testing.assert_allclose(made + 3, wanted, atol=3e-6)


def test_all_lines_are_the_image() -> None:
    given = np.random.default_rng(0).integers(0, 256, (25, 31, 3)).astype(np.uint8)
    drawn = drawn_by("undersampling", (25, 31), acceleration=[1, 1])
    assert np.array_equal(acquired("undersampling", given, drawn, 2, levels=(0, 255)), given)


def test_a_centre_stays_and_as_many_lines_as_the_acceleration_says() -> None:
    for seed in range(20):
        lines = drawn_by("undersampling", (100, 100), seed, acceleration=[4, 4])["lines"]
        assert len(set(lines)) == len(lines) == 25
        assert set(range(-3, 4)) <= set(lines)
        assert -50 <= min(lines) <= max(lines) <= 49
    few = drawn_by("undersampling", (100, 100), acceleration=[10, 10], centre=0.2)["lines"]
    assert few == list(range(-10, 10))
    chosen = [set(drawn_by("undersampling", (100, 100), seed, acceleration=[2, 2])["lines"]) for seed in range(300)]
    share = [sum(line in each for each in chosen) / 300 for line in (-50, -20, -5, 5, 20, 49)]
    np.testing.assert_allclose(share, 42 / 92, atol=0.13)


def test_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(BadInput, match="acceleration"):
        ff.transform("undersampling", acceleration=[0.5, 2])
    with pytest.raises(BadInput, match="centre"):
        ff.transform("undersampling", centre=2)
    with pytest.raises(BadInput, match="axes"):
        drawn_by("undersampling", (8, 8), axes=[2])
