"""How far the surface of a mask lies from the true one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Bools, Floats
from fewfold.data.blocks.image import Array
from fewfold.metrics.utility.segmentation.masks import both

SHARE = 95  # percentile


def hd95(truth: Array, predicted: Array, label: int = 1, spacing: Sequence[float] | None = None) -> float:
    """The 95th percentile of the distances from the points of one surface to the other surface, in millimetres; the
    larger of the two directions, so that it is symmetric (10.1038/s41592-023-02151-z).

    ``truth``, ``predicted``: label maps of one shape, of two or three axes. ``spacing``: millimetres along each axis; 1
    by default. A point is on the surface where it has the label and a neighbour across a face has not, or it lies on
    the edge of the image. Distances are between the centres of points.

    Where neither map has the label it is 0; where one has it, the diagonal of the image between the outermost centres,
    which no distance exceeds, so that a structure that is missed costs more than any that is found, and is not left
    out. Raises ``ValueError`` where shapes differ.
    """
    first, second = both(truth, predicted, label)
    steps = np.ones(first.ndim) if spacing is None else np.asarray(spacing, dtype=np.float64)
    if not first.any() and not second.any():
        return 0.0
    if not first.any() or not second.any():
        return float(np.linalg.norm((np.array(first.shape) - 1) * steps))
    box = _box(first | second)
    one, other = _surface(first[box]), _surface(second[box])
    return max(float(np.percentile(_distances(a, b, steps), SHARE)) for a, b in ((one, other), (other, one)))


def _box(mask: Bools) -> tuple[slice, ...]:
    """The smallest box around a mask that is not empty: distances between surfaces in it do not depend on the rest."""
    box = []
    for axis in range(mask.ndim):
        there = np.flatnonzero(mask.any(axis=tuple(k for k in range(mask.ndim) if k != axis)))
        box.append(slice(int(there[0]), int(there[-1]) + 1))
    return tuple(box)


def _surface(mask: Bools) -> Bools:
    from scipy import ndimage

    edge: Bools = mask & ~ndimage.binary_erosion(mask)
    return edge


def _distances(surface: Bools, other: Bools, steps: Floats) -> Floats:
    """From each point of one surface to the nearest of the other."""
    from scipy import ndimage

    away: Floats = ndimage.distance_transform_edt(~other, sampling=steps)[surface]
    return away
