"""Registration: how far each point of one image lies from where another image has the same (demons)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Floats

COARSEST, FEWEST = 4, 8  # a coarse level keeps every 4th point, and at least 8 points along each axis
ROUNDS, STILL = 100, 0.002  # of each level; ended where no point moves by more, in steps
NOTHING = 1e-12


def registered(
    fixed: Floats, moving: Floats, spacing: Sequence[float], *, smooth: float = 1.5, start: Floats | None = None
) -> Floats:
    """(dims, *grid) the displacement u, in units of the spacing, with ``moving(x + u(x))`` about ``fixed(x)``.

    ``fixed``, ``moving``: (channels, *grid), values that mean the same in both. ``smooth``: the standard deviation of
    the Gaussian under which the field is kept smooth, in steps of each level. ``start``: a displacement to set out
    from. Demons with the mean gradient of both images, on three levels from coarse to fine
    (10.1016/S1361-8415(98)80022-4, 10.1016/j.neuroimage.2008.10.040). Where neither image has an edge, points
    follow their surroundings.
    """
    grid = fixed.shape[1:]
    field: Floats = np.zeros((len(grid), *grid)) if start is None else start
    before = (1,) * len(grid)
    for factor in (COARSEST, 2, 1):
        every = tuple(factor if n >= FEWEST * factor else max(1, n // FEWEST) for n in grid)
        first, second = _level(fixed, every), _level(moving, every)
        field = _onto(field, first.shape[1:], [now / was for now, was in zip(every, before, strict=True)])
        field = _settled(first, second, field, [step * f for step, f in zip(spacing, every, strict=True)], smooth)
        before = every
    return field


def warped(image: Floats, field: Floats, spacing: Sequence[float]) -> Floats:
    """(channels, *grid) ``image`` at x + field(x); beyond the border lies the nearest point."""
    from scipy.ndimage import map_coordinates

    column = (-1,) + (1,) * (field.ndim - 1)
    index = np.indices(field.shape[1:]) + field / np.reshape(spacing, column)
    return np.stack([map_coordinates(channel, index, order=1, mode="nearest") for channel in image])


def _settled(fixed: Floats, moving: Floats, field: Floats, spacing: list[float], smooth: float) -> Floats:
    """The field, moved until the images agree or the moves are small."""
    from scipy.ndimage import gaussian_filter

    longest = min(spacing)
    own, axes = _gradient(fixed, spacing), (0.0,) + (smooth,) * len(spacing)
    for _ in range(ROUNDS):
        there = warped(moving, field, spacing)
        apart = fixed - there
        slope = (own + _gradient(there, spacing)) / 2
        force = (apart[:, None] * slope).sum(axis=0)
        size = (slope**2).sum(axis=(0, 1)) + (apart**2).sum(axis=0) / (4 * longest**2)  # so that no move is longer
        better = gaussian_filter(field + force / np.maximum(size, NOTHING), axes, mode="nearest")
        moved = float(np.abs(better - field).max())
        field = better
        if moved < STILL * longest:
            break
    return field


def _gradient(image: Floats, spacing: list[float]) -> Floats:
    """(channels, dims, *grid) the slope along each axis."""
    axes = range(1, image.ndim)
    return np.stack([np.gradient(image, step, axis=axis) for axis, step in zip(axes, spacing, strict=True)], axis=1)


def _level(image: Floats, every: tuple[int, ...]) -> Floats:
    """Every so many points of the image, smoothed before."""
    from scipy.ndimage import gaussian_filter

    sigma = (0.0, *(f / 2 if f > 1 else 0.0 for f in every))
    level: Floats = gaussian_filter(image, sigma, mode="nearest")[(slice(None), *(slice(None, None, f) for f in every))]
    return level


def _onto(field: Floats, grid: tuple[int, ...], steps: list[float]) -> Floats:
    """The field at points that lie ``steps`` of its own apart."""
    from scipy.ndimage import map_coordinates

    index = np.indices(grid) * np.reshape(steps, (-1,) + (1,) * len(grid))
    return np.stack([map_coordinates(part, index, order=1, mode="nearest") for part in field])
