"""Planes of three and four channels of 8 bits: the same bits on every processor, those of whole numbers."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.methods.transforms.engine.resample import resample
from fewfold.methods.transforms.engine.warp import straight
from methods.transforms.engines import lattice, needs_kernel

WEIGHT, BETWEEN = 14, 7  # bits of a weight, and after the point between the two steps
STEPS = ((0.75, -0.3125), (0.28125, 0.625))  # binary fractions: places are exact in 24 bits
SHIFT = (1.40625, -2.71875)


def in_whole_numbers(image: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(m, channels) values at (2, m) places inside the image, rounded as the kernel says it does."""
    cell = np.floor(at).astype(int)
    y, x = ((at - cell) * 2**WEIGHT).astype(int)[..., None]
    a, b, c, d = (image[cell[0] + down, cell[1] + right].astype(int) for down in (0, 1) for right in (0, 1))
    top, bottom = (((p << WEIGHT) + (q - p) * x) >> (WEIGHT - BETWEEN) for p, q in ((a, b), (c, d)))
    last = WEIGHT + BETWEEN
    return ((top << WEIGHT) + (bottom - top) * y + (1 << (last - 1))) >> last


@needs_kernel
@pytest.mark.parametrize("tables", ["none", "shared", "own"])
@pytest.mark.parametrize("channels", [3, 4])
def test_the_bits_are_those_of_whole_numbers(channels: int, tables: str) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (90, 201, channels), dtype=np.uint8)
    warp = straight(lattice(*image.shape[:2]), tuple((*row, by) for row, by in zip(STEPS, SHIFT, strict=True)))
    table = {
        "none": None,
        "shared": rng.permutation(256).astype(np.uint8),
        "own": np.stack([rng.permutation(256) for _ in range(channels)]).astype(np.uint8),
    }[tables]
    made = resample(image, warp, lookup=table)
    rows = np.array(warp.index_affine())
    at = np.tensordot(rows[:, :2], np.indices(image.shape[:2]), 1) + rows[:, 2:, None]
    inside = (at >= 1).all(axis=0) & (at[0] < 88) & (at[1] < 199)
    assert inside.sum() > 5000
    expected = in_whole_numbers(image, at[:, inside])
    if table is not None:
        expected = table[expected] if table.ndim == 1 else table[np.arange(channels), expected]
    np.testing.assert_array_equal(made[inside], expected)
