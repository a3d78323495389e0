"""Low-dose noise against the theory of filtered back-projection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import transform
from methods.transforms.engines import lattice
from methods.transforms.signals import drawn_by
from methods.transforms.tomograms import away, scanned, water

PLANE = lattice(192, 192, spacing=(1.5, 1.5))
DRAWN: dict[str, Any] = {"photons": 3e5, "electronics": 0.0, "axis": 0, "seed": 5}


def noise(values: np.ndarray, own: Any = PLANE, **drawn: Any) -> np.ndarray:
    return scanned("ct_noise", values, own, {**DRAWN, **drawn}) - values.astype(np.float64)


@pytest.mark.parametrize("radius", [0.0, 60.0, 100.0])
@pytest.mark.parametrize("electronics", [0.0, 40.0])
def test_noise_in_the_middle_is_that_of_theory(radius: float, electronics: float) -> None:
    """Of a ray 1 mm wide and 0.18 degrees apart the optical depth varies by (N + e ** 2) / N ** 2.

    Times these, times half a turn, times the integral of the squared filter, it is the variance of the attenuation.
    """
    values = water(PLANE, radius, radius) if radius else np.full(PLANE.shape, -1000, np.float32)
    seen = 3e5 * np.exp(-2 * radius * 0.0193)
    cutoff = 1 / 3
    squared = 2 * quad(lambda k: (k * np.cos(np.pi * k / cutoff / 2) ** 2) ** 2, 0, cutoff)[0]
    wanted = 1000 / 0.0193 * np.sqrt(np.pi * squared * np.pi / 1000 * (seen + electronics**2) / seen**2)
    middle = away(PLANE) < max(radius / 4, 15)
    made = [noise(values, electronics=electronics, seed=seed)[middle] for seed in range(4)]
    assert np.std(made) == pytest.approx(wanted, rel=0.05)
    assert abs(np.mean(made)) < 0.3 * wanted


def test_noise_is_stronger_in_the_middle_and_runs_along_long_paths() -> None:
    made = noise(water(PLANE, 50, 130))
    spot = away(PLANE) < 30
    assert made[spot].std() > 2 * made[away(PLANE) > 140].std()
    along = np.mean((made * np.roll(made, 4, axis=1))[spot])
    across = np.mean((made * np.roll(made, 4, axis=0))[spot])
    assert along > across + 0.1 * made[spot].var()


def test_a_ray_that_few_photons_pass_is_noise_and_no_failure() -> None:
    made = noise(water(PLANE, 100, 100), photons=100.0, electronics=10.0)
    assert np.isfinite(made).all()
    assert made.std() > 100


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_each_slice_of_a_volume_is_a_scan(axis: int) -> None:
    shape = [40, 40]
    shape.insert(axis, 2)
    spacing = [1.0, 1.0]
    spacing.insert(axis, 5.0)
    values = np.zeros(shape, np.float32)
    first, second = np.moveaxis(noise(values, lattice(*shape, spacing=tuple(spacing)), axis=axis), axis, 0)
    assert np.array_equal(first, noise(np.zeros((40, 40), np.float32), lattice(40, 40)))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_types_stay_and_channels_are_scans(dtype: str) -> None:
    values = np.full((40, 40, 2), 110, dtype)
    made = scanned("ct_noise", values, lattice(40, 40), {**DRAWN, "photons": 3e4})
    assert (made.dtype, made.shape) == (values.dtype, values.shape)
    one, two = np.moveaxis(made - 110.0, -1, 0)
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.1
    assert one.std() > 1


def test_bytes_are_a_window_of_soft_tissue_and_zero_is_air() -> None:
    """102 stands for 0: the same image in Hounsfield units gets 400 / 255 times the noise."""
    bytes_ = np.where(away(PLANE) < 100, 102, 0).astype(np.uint8)
    units = np.where(away(PLANE) < 100, 0, -1000).astype(np.float32)
    middle = away(PLANE) < 60
    made, wanted = noise(bytes_)[middle], noise(units)[middle]
    assert np.abs(made * 400 / 255 - wanted).max() <= 0.5 * 400 / 255 + 1e-2


def test_what_is_no_number_stays_and_counts_as_air() -> None:
    values = np.full((40, 40), -1000, np.float32)
    wanted = noise(values, lattice(40, 40))
    values[3, 4] = np.nan
    made = noise(values, lattice(40, 40))
    assert np.isnan(made[3, 4])
    made[3, 4] = wanted[3, 4]
    assert np.array_equal(made, wanted)


def test_what_is_drawn() -> None:
    drawn = [drawn_by("ct_noise", (9, 9), seed, photons=[1e3, 1e5]) for seed in range(400)]
    assert np.mean([each["photons"] < 1e4 for each in drawn]) == pytest.approx(0.5, abs=0.08)
    assert len({each["seed"] for each in drawn}) == 400
    assert {(each["electronics"], each["axis"]) for each in drawn} == {(10.0, 0)}


@pytest.mark.parametrize("wrong", [{"photons": [1, 10]}, {"photons": 1e5}, {"electronics": -1}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("ct_noise", **wrong)


def test_slices_lie_along_the_axis_told_or_along_the_widest_steps() -> None:
    def axis(told: int | None, *spacing: float) -> int:
        own = lattice(*[9] * len(spacing), spacing=spacing)
        return transform("ct_noise", axis=told).draw(np.random.default_rng(0), own)["axis"]  # type: ignore[index]

    assert [axis(None, 1, 1, 3), axis(None, 3, 1, 1), axis(None, 1, 1, 1), axis(None, 1, 2)] == [2, 0, 0, 0]
    assert [axis(1, 1, 1, 3), axis(-1, 3, 1, 1), axis(5, 1, 1)] == [1, 2, 0]
    with pytest.raises(BadInput, match="axes"):
        axis(3, 1, 1, 1)
