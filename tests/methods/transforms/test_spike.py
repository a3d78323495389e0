"""Spikes: in the image a cosine, in k-space one sample and its mirror image."""

from __future__ import annotations

import numpy as np
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from methods.transforms.signals import PLANE, VOLUME, acquired, drawn_by, signal

WAVES = [
    {"cycles": [3, -5, 2], "amplitude": 0.2, "phase": 0.7},
    {"cycles": [0, 1, -9], "amplitude": 0.1, "phase": 4.0},
]


def test_a_spike_is_a_cosine() -> None:
    given = signal(*VOLUME, 2)
    place = np.indices(VOLUME) / np.reshape(VOLUME, (3, 1, 1, 1))
    wanted = given.astype(float)
    for wave in WAVES:
        turn = 2 * np.pi * np.tensordot(wave["cycles"], place, 1) + wave["phase"]
        wanted = wanted + 10 * wave["amplitude"] * np.cos(turn)[..., np.newaxis]
    made = acquired("spike", given, {"spikes": WAVES}, 3, levels=(-4, 6))
    np.testing.assert_allclose(made, wanted, atol=1e-5)


@pytest.mark.parametrize("shape", [PLANE, VOLUME])
def test_one_sample_of_k_space_is_struck(shape: tuple[int, ...]) -> None:
    given = signal(*shape)
    for seed in range(5):
        drawn = drawn_by("spike", shape, seed, spikes=[1, 1])
        (wave,) = drawn["spikes"]
        change = np.fft.fftn(acquired("spike", given, drawn, len(shape)).astype(float) - given)
        sample = tuple(k % n for k, n in zip(wave["cycles"], shape, strict=True))
        mirror = tuple(-k % n for k, n in zip(wave["cycles"], shape, strict=True))
        assert sample != mirror
        wanted = np.zeros(shape, complex)
        wanted[sample] = given.size * wave["amplitude"] / 2 * np.exp(1j * wave["phase"])
        wanted[mirror] = wanted[sample].conj()
        np.testing.assert_allclose(change, wanted, atol=1e-5 * given.size)


def test_any_sample_but_the_centre_is_drawn() -> None:
    drawn = [drawn_by("spike", (3, 2), seed, spikes=[1, 3])["spikes"] for seed in range(100)]
    assert {len(each) for each in drawn} == {1, 2, 3}
    seen = {tuple(wave["cycles"]) for each in drawn for wave in each}
    assert seen == {(i, j) for i in (-1, 0, 1) for j in (-1, 0)} - {(0, 0)}


@pytest.mark.parametrize("wrong", [{"spikes": [0, 2]}, {"amplitude": [-0.1, 0.1]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ff.transform("spike", **wrong)
