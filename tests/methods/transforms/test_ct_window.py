"""Windows of computed tomography."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice

UNITS = np.arange(-1024, 3072, dtype=np.int16).reshape(64, 64)


def windowed(values: np.ndarray, **drawn: Any) -> np.ndarray:
    image = Image(values.copy(), lattice(*values.shape), Levels(-1024.0, 3071.0))
    return transform("ct_window").apply(image, drawn).values


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_values_inside_stay_and_others_are_at_the_ends(dtype: str) -> None:
    """The lung's window: 1500 wide about -600 goes from -1350 to 150."""
    values = UNITS.astype(dtype)
    made = windowed(values, centre=-600.0, width=1500.0)
    assert made.dtype == values.dtype
    assert np.array_equal(made, np.where(values > 150, 150, values))
    made = windowed(values, centre=40.0, width=400.0)
    assert (made.min(), made.max()) == (-160, 240)
    inside = (values >= -160) & (values <= 240)
    assert np.array_equal(made[inside], values[inside])


def test_ends_are_rounded_to_whole_units_and_kept_to_the_type() -> None:
    made = windowed(UNITS, centre=40.3, width=401.0)  # -160.2 to 240.8
    assert (made.min(), made.max()) == (-160, 241)
    assert (windowed(UNITS.astype(np.uint16), centre=-900.0, width=400.0) == 0).all()


def test_bytes_are_a_window_of_soft_tissue() -> None:
    """0 stands for -160 and 255 for 240: the middle half of the window is the middle half of the bytes."""
    bytes_ = np.arange(256, dtype=np.uint8).reshape(16, 16)
    made = windowed(bytes_, centre=40.0, width=200.0)
    assert np.array_equal(made, np.clip(bytes_, 64, 191))  # 63.75 and 191.25
    assert np.array_equal(windowed(bytes_, centre=40.0, width=400.0), bytes_)


def test_windows_are_drawn_within_their_ranges() -> None:
    own = lattice(5, 5)
    kind = transform("ct_window", centre=[30, 50], width=[350, 450])
    drawn = [kind.draw(np.random.default_rng(k), own) or {} for k in range(200)]
    for name, low, high in (("centre", 30, 50), ("width", 350, 450)):
        found = [each[name] for each in drawn]
        assert low <= min(found) < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < max(found) <= high


@pytest.mark.parametrize("wrong", [{"width": [0, 100]}, {"centre": [60, 20]}, {"centre": [0, 1e6]}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        transform("ct_window", **wrong)


def test_a_smaller_magnitude_clips_less():
    kind = transform("ct_window", centre=[0, 0], width=[200, 400])
    assert kind.scaled(0.5).params["width"] == [400, 800]
    assert kind.scaled(2).params["width"] == [100, 200]
    assert kind.scaled(1e-6).params["width"] == [65535, 65535]
