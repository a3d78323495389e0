"""Colours, as linear mixtures of red, green and blue."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats
from fewfold.methods.transforms.engine.storage import stored

Values = npt.NDArray[Any]
LUMA: Floats = np.array([0.299, 0.587, 0.114])  # of red, green and blue: ITU-R BT.601


def mixed(values: Values, matrix: Floats) -> Values:
    """``values`` (..., 3) with their colours sent through a (3, 3) ``matrix``, in single precision.

    Where each row of the matrix adds up to 1, grey stays as it is, and so it does not matter what the values start at.
    """
    red, green, blue = (values[..., k].astype(np.float32) for k in range(3))
    made = np.empty_like(values)
    for k, (r, g, b) in enumerate(matrix.astype(np.float32)):
        made[..., k] = stored(r * red + g * green + b * blue, values.dtype)
    return made
