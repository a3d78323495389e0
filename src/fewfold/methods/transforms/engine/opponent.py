"""Colours in the space l, alpha, beta of Reinhard et al. 2001 (10.1109/38.946629), and their means and spreads."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats
from fewfold.methods.transforms.engine.lookup import Levels
from fewfold.methods.transforms.engine.stain import DARKEST
from fewfold.methods.transforms.engine.storage import stored

Values = npt.NDArray[Any]

# Red, green and blue to the responses of cones, and their logarithms to l, alpha and beta.
_CONES: Floats = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
_OPPONENTS: Floats = np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]]) / np.sqrt([[3], [6], [2]])
FLAT = 0.01  # a standard deviation of l below which an image is blank: hardly one per cent of light


def moments(values: Values, levels: Levels) -> tuple[Floats, Floats]:
    """The means and the standard deviations of l, alpha and beta of an image (..., 3)."""
    return _moments(_opponents(values, levels))


def jittered(values: Values, levels: Levels, shift: Floats, factor: Floats) -> Values:
    """``values`` with means moved by ``shift`` standard deviations, and standard deviations times ``factor``."""
    found = _opponents(values, levels)
    mean, sd = _moments(found)
    return _moved(found, mean, mean + shift * sd, factor, levels, values.dtype)


def towards(values: Values, levels: Levels, mean: Floats, sd: Floats, share: float) -> Values:
    """``values`` brought a ``share`` of the way to the means and standard deviations given; unchanged where blank."""
    found = _opponents(values, levels)
    own, spread = _moments(found)
    if spread[0] < FLAT:
        return values
    gain = 1 + share * (sd / np.maximum(spread, FLAT / 10) - 1)
    return _moved(found, own, own + share * (mean - own), gain, levels, values.dtype)


def _moments(found: Values) -> tuple[Floats, Floats]:
    flat = found.reshape(-1, 3)
    mean, sd = flat.mean(axis=0, dtype=np.float64), flat.std(axis=0, dtype=np.float64)
    return mean, sd


def _moved(found: Values, mean: Floats, wanted: Floats, gain: Floats, levels: Levels, dtype: np.dtype[Any]) -> Values:
    found *= gain.astype(np.float32)
    found += (wanted - gain * mean).astype(np.float32)
    return _colours(found, levels, dtype)


def _opponents(values: Values, levels: Levels) -> Values:
    share = (values.astype(np.float32) - np.float32(levels.low)) * np.float32(1 / (levels.high - levels.low or 1.0))
    cones = (np.maximum(share, 0) + np.float32(DARKEST)) @ _CONES.T.astype(np.float32)
    made: Values = np.log10(cones, out=cones) @ _OPPONENTS.T.astype(np.float32)
    return made


def _colours(found: Values, levels: Levels, dtype: np.dtype[Any]) -> Values:
    cones = np.exp(found @ (_OPPONENTS * np.log(10)).astype(np.float32))
    made = cones @ np.linalg.inv(_CONES).T.astype(np.float32)
    made -= np.float32(DARKEST)
    made *= np.float32(levels.high - levels.low)
    made += np.float32(levels.low)
    return stored(made, dtype)
