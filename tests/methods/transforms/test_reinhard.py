"""Colour transfer, against the equations of Reinhard et al. written out cone by cone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import transform
from fewfold.methods.transforms.engine.lookup import Levels
from fewfold.methods.transforms.engine.opponent import moments as measured
from methods.transforms.engines import lattice
from methods.transforms.slides import altered, concentrations, light

SLIDE = light(concentrations(np.random.default_rng(0)))
OTHER = light(concentrations(np.random.default_rng(1)) * [1.3, 0.8])


def opponents(shares: np.ndarray) -> np.ndarray:
    """l, alpha and beta, in double precision, from the printed equations."""
    r, g, b = np.moveaxis(shares + 1 / 255, -1, 0)
    long = np.log10(0.3811 * r + 0.5783 * g + 0.0402 * b)
    middle = np.log10(0.1967 * r + 0.7244 * g + 0.0782 * b)
    short = np.log10(0.0241 * r + 0.1288 * g + 0.8444 * b)
    l_axis, alpha = (long + middle + short) / 3**0.5, (long + middle - 2 * short) / 6**0.5
    return np.stack([l_axis, alpha, (long - middle) / 2**0.5], axis=-1)


def moments(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = opponents(shares).reshape(-1, 3)
    return flat.mean(axis=0), flat.std(axis=0)


def test_statistics_are_those_of_the_equations() -> None:
    mean, sd = measured(SLIDE.astype(np.float32), Levels(0, 1))
    np.testing.assert_allclose(mean, moments(SLIDE)[0], atol=1e-6)
    np.testing.assert_allclose(sd, moments(SLIDE)[1], atol=1e-6)


@pytest.mark.parametrize("share", [1.0, 0.4])
def test_towards_a_target_as_far_as_was_drawn(share: float) -> None:
    mean, sd = (each.tolist() for each in moments(OTHER))
    made = altered("reinhard", SLIDE.astype(np.float32), mean=mean, sd=sd, share=share)
    for made_is, was, wanted in zip(moments(made), moments(SLIDE), (mean, sd), strict=True):
        np.testing.assert_allclose(made_is, was + share * (np.array(wanted) - was), atol=1e-5)


def test_jitter_moves_means_by_shares_of_the_spread() -> None:
    shift, factor = [0.2, -0.1, 0.3], [1.1, 0.9, 0.8]
    made = altered("reinhard", SLIDE.astype(np.float32), shift=shift, factor=factor)
    mean, sd = moments(SLIDE)
    np.testing.assert_allclose(moments(made)[0], mean + shift * sd, atol=1e-5)
    np.testing.assert_allclose(moments(made)[1], sd * factor, atol=1e-5)


def test_what_was_drawn_is_one_of_the_two() -> None:
    rng, own = np.random.default_rng(0), lattice(5, 5)
    assert set(transform("reinhard").draw(rng, own) or {}) == {"shift", "factor"}
    drawn = transform("reinhard", target={"mean": [0, 0, 0], "sd": [1, 1, 1]}, share=[1, 1]).draw(rng, own)
    assert drawn == {"mean": [0, 0, 0], "sd": [1, 1, 1], "share": 1.0}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_whole_numbers_agree_with_floats(dtype: str) -> None:
    given = np.round(SLIDE * 255).astype(dtype)
    drawn = {"shift": [0.1, 0.1, -0.1], "factor": [0.9, 0.9, 0.9]}
    made = altered("reinhard", given, 0, 255, **drawn)
    assert made.dtype == dtype
    np.testing.assert_allclose(made, altered("reinhard", (given / 255).astype(np.float32), **drawn) * 255, atol=0.51)


def test_nothing_drawn_changes_no_byte() -> None:
    every = np.random.default_rng(1).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    assert np.array_equal(altered("reinhard", every, 0, 255, shift=[0, 0, 0], factor=[1, 1, 1]), every)


def test_a_blank_patch_comes_back_unchanged() -> None:
    blank = np.random.default_rng(1).integers(242, 245, (30, 30, 3)).astype(np.uint8)
    assert np.array_equal(altered("reinhard", blank, 0, 255, mean=[-1, 0, 0], sd=[0.3, 0.1, 0.1], share=1.0), blank)


@pytest.mark.parametrize("wrong", [{"mean": [0, 0, 0]}, {"mean": [0, 0], "sd": [1, 1]}, {"sd": [1, 1, 1]}])
def test_half_a_target_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="mean of shape"):
        transform("reinhard", target=wrong)


@pytest.mark.parametrize("wrong", [{"shift": 20}, {"factor": [-1, 1]}, {"share": [0, 2]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("reinhard", **wrong)
