"""What the values of computed tomography stand for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fewfold.methods.transforms.engine.storage import stored

AIR = -1000.0


class Scale(NamedTuple):
    """Hounsfield units as slope * value + intercept."""

    slope: float
    intercept: float

    def units(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The Hounsfield units of values, in single precision."""
        made = values.astype(np.float32)
        if self != PLAIN:
            made *= np.float32(self.slope)
            made += np.float32(self.intercept)
        return made

    def values(self, units: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """The values of Hounsfield units, rounded and kept to the limits of integers."""
        if self != PLAIN:
            units = (units - units.dtype.type(self.intercept)) / units.dtype.type(self.slope)
        return stored(units, dtype)


PLAIN = Scale(1.0, 0.0)
SOFT_TISSUE = Scale(400 / 255, -160.0)  # 400 wide about 40


def scale_of(dtype: np.dtype[Any]) -> Scale:
    """Values are Hounsfield units; 8 bits, which do not hold them, are read as the usual window of soft tissue."""
    return SOFT_TISSUE if dtype == np.uint8 else PLAIN
