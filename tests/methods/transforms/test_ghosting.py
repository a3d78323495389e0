"""Ghosts against shifted copies, and against numpy's own Fourier transform."""

from __future__ import annotations

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from methods.transforms.signals import acquired, drawn_by, signal


@pytest.mark.parametrize(("axis", "ghosts"), [(0, 4), (1, 3), (2, 6)])
def test_ghosts_are_copies_shifted_by_a_share_of_the_axis(axis: int, ghosts: int) -> None:
    """To weaken each nth line by a is to take off a / n of n copies, N / n apart; the mean is given back."""
    given = signal(16, 12, 18)
    drawn = {"axis": axis, "ghosts": ghosts, "intensity": 0.6, "centre": 0.0}
    step = given.shape[axis] // ghosts
    copies = sum(np.roll(given.astype(float), k * step, axis) for k in range(ghosts))
    wanted = given - 0.6 / ghosts * copies + 0.6 * given.mean(axis=axis, keepdims=True)
    np.testing.assert_allclose(acquired("ghosting", given, drawn, 3), wanted, atol=2e-6)


@pytest.mark.parametrize("axis", [0, 1])
def test_lines_are_weakened_outside_the_centre(axis: int) -> None:
    """Of axes that the ghosts do not divide, with channels."""
    given = signal(25, 31, 3)
    made = acquired("ghosting", given, {"axis": axis, "ghosts": 4, "intensity": 0.5, "centre": 0.4}, 2)
    n = given.shape[axis]
    line = np.abs(np.fft.fftfreq(n, 1 / n))
    weights = np.where((line % 4 == 0) & (line > 0.2 * n), 0.5, 1.0)
    column = weights.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    wanted = np.fft.ifft(np.fft.fft(given.astype(float), axis=axis) * column, axis=axis)
    assert np.abs(wanted.imag).max() < 1e-12
    assert (weights == 0.5).any()
    assert (weights[(line % 4 == 0) & (line < 5)] == 1).all()
    np.testing.assert_allclose(made, wanted.real, atol=2e-6)


def test_what_is_drawn() -> None:
    drawn = [drawn_by("ghosting", (64, 64), seed, axes=[-1], ghosts=[3, 5]) for seed in range(40)]
    assert {each["axis"] for each in drawn} == {1}
    assert {each["ghosts"] for each in drawn} == {3, 4, 5}
    assert {drawn_by("ghosting", (64, 64, 64), seed)["axis"] for seed in range(40)} == {0, 1, 2}
    assert drawn_by("ghosting", (8, 8), ghosts=[9, 9])["ghosts"] == 4


@pytest.mark.parametrize("wrong", [{"ghosts": [1, 4]}, {"ghosts": [2.5, 4]}, {"intensity": [0, 2]}, {"centre": -0.1}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ff.transform("ghosting", **wrong)


@pytest.mark.parametrize("axes", [[2], [-3], []])
def test_axes_that_are_not_there(axes: list[int]) -> None:
    with pytest.raises(BadInput, match="axes"):
        drawn_by("ghosting", (8, 8), axes=axes)
