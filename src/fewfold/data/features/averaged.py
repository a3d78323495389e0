"""An image on a grid of another size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Floats


def averaged(values: Floats, sizes: Sequence[int]) -> Floats:
    """The first axes of ``values`` at other sizes: each new point is the mean of the piece of the old grid that it
    covers, points being small boxes. The mean of all values stays what it is."""
    for axis, size in enumerate(sizes):
        if values.shape[axis] != size:
            values = np.moveaxis(np.tensordot(_shares(values.shape[axis], size), values, axes=(1, axis)), 0, axis)
    return values


def _shares(old: int, new: int) -> Floats:
    """(new, old) what share of each new box lies in each old one."""
    edges = np.arange(new + 1) * (old / new)
    lower, upper = edges[:-1, None], edges[1:, None]
    start = np.arange(old)
    lengths: Floats = np.clip(np.minimum(upper, start + 1) - np.maximum(lower, start), 0.0, None)
    shares: Floats = lengths / lengths.sum(axis=1, keepdims=True)
    return shares
