"""Colour perturbation against its formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import (
    engine,  # noqa: F401 - a fixture
    lattice,
)

rng = np.random.default_rng(0)
BYTES = rng.integers(0, 256, (40, 50, 3)).astype(np.uint8)


def changed(values: np.ndarray, low: float = 0.0, high: float = 255.0, **drawn: Any) -> np.ndarray:
    return transform("colour_shift").apply(Image(values, lattice(*values.shape[:-1]), Levels(low, high)), drawn).values


DRAWN = {"gain": [0.8, 1.0, 1.25], "offset": [0.1, -0.2, 0.0]}


@pytest.mark.parametrize(("low", "high"), [(0.0, 255.0), (20.0, 220.0)])
def test_bytes(low: float, high: float, engine: str) -> None:  # noqa: F811
    share = (BYTES - low) / (high - low)
    wanted = (share * DRAWN["gain"] + DRAWN["offset"]) * (high - low) + low
    assert np.array_equal(changed(BYTES, low, high, **DRAWN), np.clip(np.floor(wanted + 0.5 + 1e-9), 0, 255))


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_other_types(dtype: str, engine: str) -> None:  # noqa: F811
    values = rng.uniform(1000, 3000, (4, 5, 6, 3)).astype(dtype)  # a volume
    made = changed(values, 1000, 3000, **DRAWN)
    assert made.dtype == values.dtype
    wanted = ((values.astype(float) - 1000) / 2000 * DRAWN["gain"] + DRAWN["offset"]) * 2000 + 1000
    np.testing.assert_allclose(made, wanted, atol=0.501, rtol=0)


def test_colours_are_drawn_independently() -> None:
    kind = transform("colour_shift", gain=[0.5, 2.0], offset=0.3)
    drawn = [kind.draw(np.random.default_rng(k), lattice(5, 5)) for k in range(500)]
    numbers = np.array([one["gain"] + one["offset"] for one in drawn if one])
    assert numbers[:, :3].min() == pytest.approx(0.5, abs=0.02)
    assert numbers[:, :3].max() == pytest.approx(2.0, abs=0.02)
    assert np.abs(numbers[:, 3:]).max() == pytest.approx(0.3, abs=0.01)
    assert np.abs(np.corrcoef(numbers.T) - np.eye(6)).max() < 0.2


def test_grey_images_are_refused() -> None:
    for shape in ((5, 5), (5, 5, 1), (5, 5, 4)):
        image = Image(np.zeros(shape, np.uint8), lattice(5, 5), Levels(0.0, 255.0))
        with pytest.raises(BadInput, match="red, green and blue for colour_shift"):
            transform("colour_shift").apply(image, transform("colour_shift").draw(rng, lattice(5, 5)) or {})


@pytest.mark.parametrize("wrong", [{"gain": 0.1}, {"gain": [2, 1]}, {"offset": 2}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("colour_shift", **wrong)
