"""Samples whose parts do not go together are refused, with what was expected and what was found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.mixing.labelled import Labelled, blended, check_alike, shared_label

IMAGE = np.zeros((4, 6), np.float32)
MASK = np.zeros((4, 6), np.uint8)


@pytest.mark.parametrize(
    ("values", "spacing", "how", "match"),
    [
        (np.zeros(4), (1.0, 1.0), {}, "2 axes"),
        (np.zeros((4, 6, 2, 2)), (1.0, 1.0), {}, "2 axes"),
        (np.zeros((0, 6)), (1.0, 1.0), {}, "2 axes"),
        (np.zeros((4, 6), bool), (1.0, 1.0), {}, "type bool"),
        (IMAGE, (1.0, 0.0), {}, "spacing above 0"),
        (IMAGE, (1.0, 1.0), {"mask": MASK[1:]}, r"a mask of whole numbers on \(4, 6\)"),
        (IMAGE, (1.0, 1.0), {"mask": IMAGE}, "a mask of whole numbers"),
        (IMAGE, (1.0, 1.0), {"region": MASK[:, 1:]}, "a region of whole numbers"),
        (IMAGE, (1.0, 1.0), {"label": np.array([0.5, 0.6])}, "sum to 1"),
        (IMAGE, (1.0, 1.0), {"label": np.array([1.5, -0.5])}, "sum to 1"),
        (IMAGE, (1.0, 1.0), {"label": np.eye(2)}, "sum to 1"),
    ],
)
def test_what_does_not_go_together_is_refused(
    values: np.ndarray, spacing: tuple[float, ...], how: dict[str, Any], match: str
) -> None:
    with pytest.raises(BadInput, match=match):
        Labelled(values, spacing, **how)


def test_dims_come_from_the_spacing() -> None:
    colours = Labelled(np.zeros((4, 6, 3)), (1.0, 1.0))
    volume = Labelled(np.zeros((4, 6, 3)), (1.0, 1.0, 1.0))
    assert (colours.grid, volume.grid) == ((4, 6), (4, 6, 3))
    assert colours.over(np.zeros((4, 6))).shape == (4, 6, 1)
    assert volume.over(np.zeros((4, 6, 3))).shape == (4, 6, 3)
    with pytest.raises(BadInput, match="with a mask"):
        assert colours.lesion.any()


@pytest.mark.parametrize(
    "other",
    [
        Labelled(IMAGE[1:], (1.0, 1.0)),
        Labelled(IMAGE.astype(np.int16), (1.0, 1.0)),
        Labelled(IMAGE, (1.0, 2.0)),
        Labelled(IMAGE, (1.0, 1.0), mask=MASK),
    ],
)
def test_samples_must_be_alike(other: Labelled) -> None:
    check_alike(other, other)
    with pytest.raises(BadInput, match="one form"):
        check_alike(Labelled(IMAGE, (1.0, 1.0)), other)


def test_labels_must_be_of_the_same_classes() -> None:
    none, two, three = (Labelled(IMAGE, (1.0, 1.0), label=label) for label in (None, np.eye(2)[0], np.eye(3)[0]))
    assert shared_label(none, none, 0.5) is None
    for pair, match in [((none, two), "none and 2 classes"), ((three, two), "3 classes and 2 classes")]:
        with pytest.raises(BadInput, match=match):
            shared_label(*pair, 0.5)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_blending_keeps_the_type_and_rounds(dtype: str) -> None:
    one, other = np.array([0, 10, 100, 7], dtype), np.array([100, 13, 0, 7], dtype)
    made = blended(one, other, 0.25)
    expected = np.array([25, 10.75, 75, 7])
    assert made.dtype == dtype
    assert np.array_equal(made, expected if dtype.startswith("f") else np.rint(expected))
    assert np.array_equal(blended(one, other, 0.0), one)
    assert np.array_equal(blended(one, other, 1.0), other)
