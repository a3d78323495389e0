"""Stacks of neighbouring slices, against numpy's own padding."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.patches.slices import Stack, stacks
from fewfold.methods.transforms.engine.resample import Border

PADDING = {"edge": "edge", "mirror": "reflect", "constant": "constant"}
VOLUME = np.random.default_rng(0).integers(1, 1000, (4, 6, 5)).astype(np.int16)


@pytest.mark.parametrize("k", [1, 3, 5, 11])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("border", get_args(Border))
def test_a_stack_is_a_window_of_the_padded_volume(k: int, axis: int, border: Border) -> None:
    around = [(k // 2, k // 2) if own == axis else (0, 0) for own in range(3)]
    padded = np.moveaxis(np.pad(VOLUME, around, mode=PADDING[border]), axis, -1)  # type: ignore[call-overload]
    made = stacks(VOLUME.shape, k, axis=axis, border=border)
    assert len(made) == VOLUME.shape[axis]
    for i, stack in enumerate(made):
        assert np.array_equal(stack.cut(VOLUME), padded[..., i : i + k])
        assert stack.middle == i
        assert stack.cut(VOLUME).dtype == VOLUME.dtype


def test_a_single_slice_is_its_own_neighbour() -> None:
    for border in ("edge", "mirror"):
        assert stacks((1, 6, 5), 5, border=border)[0].slices == (0,) * 5  # type: ignore[arg-type]
    assert stacks((1, 6, 5), 3, border="constant")[0].slices == (None, 0, None)


def test_a_stack_comes_back_from_json() -> None:
    for stack in stacks((4, 6, 5), 3, border="constant", source="scan7"):
        assert Stack.from_json(stack.to_json()) == stack
    with pytest.raises(BadInput, match=r"Stack\.to_json"):
        Stack.from_json("{}")


def test_bad_input_is_named() -> None:
    for k in (0, 2, -1):
        with pytest.raises(BadInput, match="odd number"):
            stacks((4, 6, 5), k)
    for shape, how in [((4, 6), {}), ((4, 6, 5), {"axis": 3}), ((4, 6, 5), {"border": "wrap"}), ((0, 6, 5), {})]:
        with pytest.raises(BadInput, match="shape of a volume"):
            stacks(shape, 3, **how)  # type: ignore[arg-type]
    stack = stacks((4, 6, 5), 3)[0]
    with pytest.raises(BadInput, match="without channels"):
        stack.cut(np.zeros((4, 6, 5, 2)))
    with pytest.raises(BadInput, match=r"\(4, 6, 5\) points"):
        stack.cut(np.zeros((4, 6, 4)))
