"""Size and form of what a mask marks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Bools

_AXES = ("major", "middle", "minor")


def shape(mask: Bools, spacing: Sequence[float] | None = None) -> dict[str, float]:
    """Size, number of parts, the share of its box that a mask fills, and the axes of the ellipsoid with its moments.

    ``mask``: two or three axes. ``spacing``: millimetres along each; 1 by default. ``size`` is an area or a volume in
    square or cubic millimetres. The lengths of the axes are four standard deviations of the marked points in a plane
    and twice the root of five of them in a volume, each point being a small box and not a dot: those of an ellipse or
    an ellipsoid that is filled (10.1158/0008-5472.CAN-17-0339). ``elongation`` is the shortest by the longest. All are
    0 for an empty mask.
    """
    from scipy import ndimage

    steps = np.ones(mask.ndim) if spacing is None else np.asarray(spacing, dtype=float)
    axes = _AXES if mask.ndim == 3 else (_AXES[0], _AXES[2])
    names = ("size", "parts", "extent", *axes, "elongation")
    places = np.argwhere(mask)
    if not len(places):
        return dict.fromkeys(names, 0.0)
    spread = np.atleast_2d(np.cov((places * steps).T, bias=True)) + np.diag(steps**2 / 12)
    factor = 4.0 if mask.ndim == 2 else 2 * np.sqrt(5)
    lengths = factor * np.sqrt(np.linalg.eigvalsh(spread))[::-1]
    box = np.prod(np.ptp(places, axis=0) + 1)
    _, parts = ndimage.label(mask, np.ones((3,) * mask.ndim))
    size = len(places) * float(np.prod(steps))
    values = (size, parts, len(places) / box, *lengths, lengths[-1] / lengths[0])
    return dict(zip(names, map(float, values), strict=True))
