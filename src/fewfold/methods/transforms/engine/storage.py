"""How computed values become values of an image again."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]


def stored(values: Values, dtype: np.dtype[Any]) -> Values:
    """Floats as ``dtype``: integers are rounded, halves up, and kept to the limits of their type."""
    if dtype.kind == "f":
        return values.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    whole = np.floor(values + values.dtype.type(0.5))
    np.clip(whole, limits.min, limits.max, out=whole)
    made: Values = whole.astype(dtype)
    return made
