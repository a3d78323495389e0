"""Jitter of an image's own stains, against slides whose stains are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.engine.stain import stain_matrix
from methods.transforms.slides import STAINS, altered, concentrations, light

AMOUNTS = concentrations(np.random.default_rng(0))


def test_the_stains_are_found() -> None:
    found = stain_matrix((AMOUNTS @ STAINS).reshape(-1, 3).astype(np.float32))
    assert found is not None
    np.testing.assert_allclose(found, STAINS, atol=1e-5)
    swapped = stain_matrix((AMOUNTS[..., ::-1] @ STAINS).reshape(-1, 3).astype(np.float32))
    assert swapped is not None
    np.testing.assert_allclose(swapped, STAINS, atol=1e-5)


def test_glass_does_not_matter_to_the_stains() -> None:
    glass = np.random.default_rng(1).uniform(0, 0.149, (3000, 3))
    found = stain_matrix(np.concatenate([(AMOUNTS @ STAINS).reshape(-1, 3), glass]).astype(np.float32))
    assert found is not None
    np.testing.assert_allclose(found, STAINS, atol=1e-5)


def test_each_stain_gets_its_gain_and_its_bias() -> None:
    made = altered("macenko", light(AMOUNTS).astype(np.float32), gain=[1.2, 0.7], bias=[0.03, -0.02])
    np.testing.assert_allclose(made, light(AMOUNTS * [1.2, 0.7] + [0.03, -0.02]), atol=1e-5)


def test_what_is_no_stain_stays() -> None:
    """A residue across the plane of the stains is there afterwards as before."""
    across = np.cross(*STAINS)
    amounts = np.concatenate([AMOUNTS, np.zeros((2, 70, 2))])
    residue = np.zeros((62, 70, 1))
    residue[60:] = 0.1
    shares = (1 + 1 / 255) * 10 ** -(amounts @ STAINS + residue * across) - 1 / 255
    made = altered("macenko", shares.astype(np.float32), gain=[0.5, 1.4], bias=[0.0, 0.0])
    np.testing.assert_allclose(made[60:], shares[60:], atol=1e-4)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_agree_with_floats(dtype: str) -> None:
    given = np.round(light(AMOUNTS) * 255).astype(dtype)
    drawn = {"gain": [1.2, 0.7], "bias": [0.03, -0.02]}
    made = altered("macenko", given, 0, 255, **drawn)
    assert made.dtype == dtype
    floats = altered("macenko", (given / 255).astype(np.float32), **drawn) * 255
    np.testing.assert_allclose(made, np.minimum(floats, np.iinfo(dtype).max), atol=0.51)


def test_nothing_drawn_changes_no_byte() -> None:
    given = np.random.default_rng(2).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    assert np.array_equal(altered("macenko", given, 0, 255, gain=[1, 1], bias=[0, 0]), given)


@pytest.mark.parametrize("tissue", [0, 41])
def test_a_blank_patch_comes_back_unchanged(tissue: int) -> None:
    """41 of 4200 points are less than a hundredth; 42 are enough."""
    drawn = {"gain": [0.5, 0.5], "bias": [0.05, 0.05]}
    patch = np.full((4200, 3), 244, np.uint8)
    patch[:tissue] = np.round(light(AMOUNTS).reshape(-1, 3)[1300 : 1300 + tissue] * 255)
    assert np.array_equal(altered("macenko", patch.reshape(60, 70, 3), 0, 255, **drawn).reshape(-1, 3), patch)


def test_a_hundredth_of_tissue_is_enough() -> None:
    patch = np.ones((60 * 70, 3), np.float32)
    patch[:42] = light(AMOUNTS).reshape(-1, 3)[1379:1421]  # one stain, then the other
    made = altered("macenko", patch.reshape(60, 70, 3), gain=[0.5, 0.5], bias=[0.0, 0.0])
    assert (made.reshape(-1, 3)[:42] > patch[:42]).all()


def test_one_stain_alone_is_unchanged() -> None:
    given = np.round(light(AMOUNTS * [1, 0]) * 255).astype(np.uint8)[:20]
    assert np.array_equal(altered("macenko", given, 0, 255, gain=[0.5, 0.5], bias=[0.1, 0.1]), given)


@pytest.mark.parametrize("wrong", [{"gain": [-1, 1]}, {"gain": [2, 1]}, {"bias": 2}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("macenko", **wrong)
