"""JPEG against the tables of its standard, and against Pillow."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Any

import numpy as np
import PIL.Image
import pytest

from fewfold.core.errors import BadInput, MissingExtra
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice

SMOOTH = (np.indices((64, 80)).sum(axis=0)[..., None] + [0, 40, 90]).astype(np.uint8)


def compressed(values: np.ndarray, quality: int, dims: int = 2) -> np.ndarray:
    image = Image(values, lattice(*values.shape[:dims]), Levels(0.0, 255.0))
    return transform("jpeg").apply(image, {"quality": quality}).values


@pytest.mark.parametrize(("quality", "step"), [(10, 80), (30, 27), (50, 16), (75, 8), (90, 3)])
def test_flat_blocks_are_rounded_as_annex_k_says(quality: int, step: int) -> None:
    """The table starts with 16 (ITU-T T.81, K.1), scaled by 50 / q below 50, else by 2 - q / 50; a level is 8 steps."""
    levels = np.arange(256, dtype=np.uint8)
    flat = np.repeat(np.repeat(levels.reshape(16, 16), 8, axis=0), 8, axis=1)
    made = compressed(flat, quality)[::8, ::8].ravel().astype(float) - 128
    known = np.clip(np.arange(-400, 400) * step / 8, -128, 127)
    assert np.abs(made[:, None] - known).min(axis=1).max() <= 0.5
    assert np.abs(made + 128 - levels).max() <= step / 16 + 0.5
    assert len(np.unique(made)) == pytest.approx(min(256, 256 * 8 / step), abs=2)


@pytest.mark.parametrize("shape", [(64, 80), (64, 80, 1), (64, 80, 3)])
def test_pixels_are_those_of_a_file_of_pillow(shape: tuple[int, ...]) -> None:
    values = SMOOTH if shape[2:] == (3,) else SMOOTH[..., 0].reshape(shape)
    stream = BytesIO()
    PIL.Image.fromarray(values.squeeze()).save(stream, "JPEG", quality=40)
    stream.seek(0)
    with PIL.Image.open(stream) as picture:
        wanted = np.asarray(picture)
    made = compressed(values, 40)
    assert made.shape == values.shape
    assert np.array_equal(made.squeeze(), wanted)
    assert made.flags.writeable


def test_lower_quality_loses_more() -> None:
    values = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    errors = [np.abs(compressed(values, q).astype(int) - values).mean() for q in (100, 95, 75, 50, 30, 5)]
    assert errors == sorted(errors)
    assert errors[0] < 1


def test_a_large_picture_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 10)
    assert compressed(SMOOTH, 90).shape == SMOOTH.shape


@pytest.mark.parametrize(
    ("values", "dims", "match"),
    [
        (np.zeros((9, 9), np.float32), 2, "8 bits for jpeg"),
        (np.zeros((9, 9), np.uint16), 2, "8 bits for jpeg"),
        (np.zeros((9, 9, 9), np.uint8), 3, "two dimensions"),
        (np.zeros((9, 9, 2), np.uint8), 2, "two dimensions"),
    ],
)
def test_other_images_are_refused(values: np.ndarray, dims: int, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        compressed(values, 50, dims)


def test_quality_is_a_whole_number_in_its_range() -> None:
    kind = transform("jpeg", quality=[60, 63])
    drawn = {kind.draw(np.random.default_rng(k), lattice(9, 9))["quality"] for k in range(100)}  # type: ignore[index]
    assert drawn == {60, 61, 62, 63}


@pytest.mark.parametrize("wrong", [50, [0, 50], [50, 101], [90, 50]])
def test_parameters_out_of_range_are_refused(wrong: Any) -> None:
    with pytest.raises(BadInput, match="quality"):
        transform("jpeg", quality=wrong)


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtra, match=r"fewfold\[imaging\]"):
        compressed(SMOOTH, 50)
