"""Texture: how much is told at each scale."""

from __future__ import annotations

from itertools import product

import numpy as np

from fewfold.core.types import Floats

SCALES = 3


def wavelet(image: Floats) -> dict[str, float]:
    """The root mean square of the orthonormal Haar coefficients at three scales, for each number of axes along which
    they are differences. Mallat 1989, 10.1109/34.192463.

    ``image``: two or three axes. An odd last line of an axis is left out. A scale that the image is too small for is 0.
    """
    axes, low = image.ndim, image
    told = {f"haar{scale}_{n}": 0.0 for scale in range(1, SCALES + 1) for n in range(1, axes + 1)}
    for scale in range(1, SCALES + 1):
        if min(low.shape) < 2:
            break
        bands: dict[tuple[int, ...], Floats] = {(): low}
        for axis in range(axes):
            bands = {(*key, kind): half for key, band in bands.items() for kind, half in enumerate(_halves(band, axis))}
        for n in range(1, axes + 1):
            squares = [np.mean(bands[key] ** 2) for key in product((0, 1), repeat=axes) if sum(key) == n]
            told[f"haar{scale}_{n}"] = float(np.sqrt(np.mean(squares)))
        low = bands[(0,) * axes]
    return told


def _halves(band: Floats, axis: int) -> tuple[Floats, Floats]:
    """Sums and differences of neighbours along an axis, each divided by the root of two."""
    lines = np.moveaxis(band, axis, 0)
    first, second = lines[0 : len(lines) - 1 : 2], lines[1::2]
    both = ((first + second) / np.sqrt(2), (first - second) / np.sqrt(2))
    return np.moveaxis(both[0], 0, axis), np.moveaxis(both[1], 0, axis)
