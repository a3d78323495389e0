"""Array types that are named often."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Frame = Any  # a pandas.DataFrame: pandas carries no type information that a strict checker can read
Level = str | int | float | bool
