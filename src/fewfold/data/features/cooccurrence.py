"""Texture: how often grey levels are neighbours."""

from __future__ import annotations

from itertools import product

import numpy as np

from fewfold.core.types import Bools, Floats
from fewfold.data.features.first_order import binned

LEVELS = 16


def cooccurrence(image: Floats, inside: Bools | None = None) -> dict[str, float]:
    """Contrast, dissimilarity, homogeneity, energy, correlation and joint entropy of the grey-level co-occurrence
    matrix.

    ``image``: two or three axes, shares of the range of values. ``inside``: the same shape; a pair counts where both
    points are inside. Sixteen levels, neighbours at distance 1 in all 4 directions of a plane or 13 of a volume, each
    pair both ways; the features are the mean over directions, so that a quarter turn changes nothing. Haralick,
    Shanmugam and Dinstein 1973, 10.1109/TSMC.1973.4309314. Where no two neighbours are inside all are 0; the
    correlation of a constant image is 1.
    """
    bins = binned(image, LEVELS)
    found = [told for offset in directions(image.ndim) if (told := _one(bins, inside, offset)) is not None]
    names = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "joint_entropy")
    means = np.mean(found, axis=0) if found else np.zeros(len(names))
    return dict(zip(names, map(float, means), strict=True))


def directions(axes: int) -> list[tuple[int, ...]]:
    """One offset for each pair of opposite neighbours: 4 in a plane, 13 in a volume."""
    middle = (0,) * axes
    return [offset for offset in product((-1, 0, 1), repeat=axes) if offset > middle]


def _one(bins: np.ndarray, inside: Bools | None, offset: tuple[int, ...]) -> Floats | None:
    here, there = _shifted(bins.shape, offset)
    first, second = bins[here].ravel(), bins[there].ravel()
    if inside is not None:
        both = (inside[here] & inside[there]).ravel()
        first, second = first[both], second[both]
    if not len(first):
        return None
    counts = np.bincount(first * LEVELS + second, minlength=LEVELS**2).reshape(LEVELS, LEVELS)
    share = (counts + counts.T) / (2 * counts.sum())
    level = np.arange(LEVELS)
    apart = np.abs(level[:, None] - level)
    margin = share.sum(axis=0)
    mean = margin @ level
    variance = margin @ (level - mean) ** 2
    covariance = (level - mean) @ share @ (level - mean)
    known = share[share > 0]
    return np.array(
        [
            (share * apart**2).sum(),
            (share * apart).sum(),
            (share / (1 + apart**2)).sum(),
            np.sqrt((share**2).sum()),
            covariance / variance if variance > 1e-12 else 1.0,
            -(known * np.log2(known)).sum(),
        ]
    )


def _shifted(shape: tuple[int, ...], offset: tuple[int, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The points that have a neighbour at ``offset``, and those neighbours."""
    here = tuple(slice(max(0, -step), size - max(0, step)) for step, size in zip(offset, shape, strict=True))
    there = tuple(slice(max(0, step), size - max(0, -step)) for step, size in zip(offset, shape, strict=True))
    return here, there
