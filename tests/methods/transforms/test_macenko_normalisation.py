"""Normalisation of stains, against slides whose stains and concentrations are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.stain_target import stain_target
from methods.transforms.engines import lattice
from methods.transforms.slides import STAINS, altered, concentrations, light

AMOUNTS = concentrations(np.random.default_rng(0))
MOST = np.percentile(AMOUNTS.reshape(-1, 2), 99, axis=0)
OTHER = np.array([[0.72, 0.60, 0.35], [0.25, 0.88, 0.40]])
OTHER /= np.linalg.norm(OTHER, axis=1, keepdims=True)
TARGET: dict[str, Any] = {"stains": OTHER.tolist(), "concentrations": [0.7, 0.95]}
WANTED = light(AMOUNTS * [0.7, 0.95] / MOST, OTHER)


def test_two_stains_are_moved_to_the_target() -> None:
    """The closed form: other directions, and concentrations whose 99th percentile is the target's."""
    made = altered("macenko_normalisation", light(AMOUNTS).astype(np.float32), **TARGET)
    np.testing.assert_allclose(made, WANTED, atol=1e-4)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_within_a_grey_level(dtype: str) -> None:
    given = np.round(light(AMOUNTS) * 255).astype(dtype)
    made = altered("macenko_normalisation", given, 0, 255, **TARGET)
    assert made.dtype == dtype
    assert np.abs(made - WANTED * 255).max() <= 3  # the stains themselves are told from rounded values
    assert np.abs(made - WANTED * 255).mean() <= 0.6


def test_to_itself_it_is_the_identity() -> None:
    given = np.round(light(AMOUNTS) * 255).astype(np.uint8)
    noisy = np.clip(given + np.random.default_rng(1).normal(0, 8, given.shape), 0, 255).astype(np.uint8)
    for image in (given, noisy):
        own = transform("macenko_normalisation", target=stain_target([image]))
        made = Augmenter([own], seed=1)(image, index=0)
        assert np.abs(made.astype(int) - image).max() <= 1


def test_what_is_neither_stain_stays() -> None:
    across = np.cross(*STAINS)
    amounts = np.concatenate([AMOUNTS, np.zeros((2, 70, 2))])
    residue = np.zeros((62, 70, 1))
    residue[60:] = 0.1
    shares = (1 + 1 / 255) * 10 ** -(amounts @ STAINS + residue * across) - 1 / 255
    made = altered("macenko_normalisation", shares.astype(np.float32), **TARGET)
    np.testing.assert_allclose(made[60:], shares[60:], atol=1e-4)


def test_glass_does_not_dilute_the_stains() -> None:
    """Concentrations are those of the tissue: the same tissue beside glass comes out the same."""
    beside = np.concatenate([light(AMOUNTS), np.ones((200, 70, 3))]).astype(np.float32)
    made = altered("macenko_normalisation", beside, **TARGET)
    np.testing.assert_allclose(made[:60], WANTED, atol=1e-4)
    np.testing.assert_allclose(made[60:], 1, atol=1e-6)


@pytest.mark.parametrize("tissue", [0, 41])
def test_a_blank_patch_comes_back_unchanged(tissue: int) -> None:
    """41 of 4200 points are less than a hundredth."""
    patch = np.full((4200, 3), 244, np.uint8)
    patch[:tissue] = np.round(light(AMOUNTS).reshape(-1, 3)[1300 : 1300 + tissue] * 255)
    made = altered("macenko_normalisation", patch.reshape(60, 70, 3), 0, 255, **TARGET)
    assert np.array_equal(made.reshape(-1, 3), patch)


def test_one_stain_alone_is_unchanged() -> None:
    given = np.round(light(AMOUNTS * [1, 0]) * 255).astype(np.uint8)[:20]
    assert np.array_equal(altered("macenko_normalisation", given, 0, 255, **TARGET), given)


def test_without_a_target_it_says_where_to_get_one() -> None:
    with pytest.raises(BadInput, match="stain_target"):
        transform("macenko_normalisation").draw(np.random.default_rng(0), lattice(5, 5))
