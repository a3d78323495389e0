"""Gaussian smoothing that is as wide in space along every axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.methods.transforms.engine.lattice import Lattice

Values = npt.NDArray[Any]


def smoothed(values: Values, lattice: Lattice, sigma: float) -> Values:
    """``values`` (channels last, or none) under a Gaussian, in single precision.

    ``sigma``: the standard deviation in steps of the axis along which points lie closest; along the others it is the
    same length in space, so that thick slices are hardly smeared into each other. Beyond the border lies the nearest
    point.
    """
    from scipy.ndimage import gaussian_filter

    steps = [sigma * min(lattice.spacing) / spacing for spacing in lattice.spacing]
    channels = [0.0] * (values.ndim - lattice.ndim)
    made: Values = gaussian_filter(values, steps + channels, output=np.float32, mode="nearest")
    return made
