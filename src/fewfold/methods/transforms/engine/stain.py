"""Stains: colours as optical densities, which add up (Beer and Lambert), and stains as directions among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats
from fewfold.methods.transforms.engine.lookup import Levels
from fewfold.methods.transforms.engine.storage import stored

Values = npt.NDArray[Any]

# Densities of haematoxylin, eosin and DAB in red, green and blue, each of length 1 (Ruifrok and Johnston 2001, Anal
# Quant Cytol Histol 23:291-299).
HED: Floats = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
HED /= np.linalg.norm(HED, axis=1, keepdims=True)

DARKEST = 1 / 255  # added to shares of light: black has a density of 2.4, and comes back as it was
THRESHOLD = 0.15  # the density, as the mean of the colours, from which on a point is tissue (Macenko et al. 2009)
TISSUE = 0.01  # the smallest share of an image that is tissue enough to tell stains from
SMALLEST_ANGLE = 5.0  # degrees between two stains; below, there is but one


def densities(values: Values, levels: Levels) -> Values:
    """(..., 3) decadic optical densities of colours, in single precision: 0 where there is all light."""
    if values.dtype == np.uint8:
        table: Values = _density(np.arange(256, dtype=np.float64), levels).astype(np.float32)
        return table[values]
    return _density(values.astype(np.float32), levels)


def coloured(found: Values, levels: Levels, dtype: np.dtype[Any]) -> Values:
    """The colours of (..., 3) densities, as ``dtype``; the inverse of :func:`densities`."""
    span = levels.high - levels.low
    made = np.exp(found * np.float32(-np.log(10)))
    made *= np.float32((1 + DARKEST) * span)
    made += np.float32(levels.low - DARKEST * span)
    return stored(made, dtype)


def restained(values: Values, levels: Levels, mixture: Floats, shift: Floats) -> Values:
    """``values`` (..., 3) whose densities are multiplied by a (3, 3) ``mixture`` from the right, and shifted."""
    made = densities(values, levels) @ mixture.astype(np.float32)
    made += shift.astype(np.float32)
    return coloured(made, levels, values.dtype)


def stain_matrix(found: Values) -> Floats | None:
    """(2, 3) the densities of the two stains of an image of (n, 3) densities, each of length 1; the bluer one first.

    Macenko et al. 2009: the plane in which the densities of the tissue lie, and in it the directions at the first and
    the last hundredth of their angles. None where less than a hundredth of the image is tissue, and where the two are
    less than 5 degrees apart.
    """
    tissue = _tissue(found)
    if len(tissue) < max(TISSUE * len(found), 3):
        return None
    plane = np.linalg.eigh(tissue.T @ tissue)[1][:, :0:-1]
    plane *= np.where(plane[:, :1].sum() < 0, -1.0, 1.0)
    along, across = (tissue @ plane).T
    ends = np.percentile(np.arctan2(across, along), [1, 99])
    if np.rad2deg(ends[1] - ends[0]) < SMALLEST_ANGLE:
        return None
    stains: Floats = np.stack([np.cos(ends), np.sin(ends)], axis=1) @ plane.T
    return stains[np.argsort(-stains[:, 0])]


def pseudo_maxima(found: Values, stains: Floats) -> Floats:
    """(2,) how much there is of each of the (2, 3) ``stains`` in an image of (n, 3) densities.

    Macenko et al. 2009: the concentration that a hundredth of the tissue exceeds.
    """
    amounts: Floats = np.percentile(_tissue(found) @ np.linalg.pinv(stains), 99, axis=0)
    return amounts


def _tissue(found: Values) -> Floats:
    tissue: Floats = found[found.mean(axis=1) >= THRESHOLD].astype(np.float64)
    return tissue


def _density(values: Values, levels: Levels) -> Values:
    """Light below none counts as none."""
    span = levels.high - levels.low or 1.0
    share = np.maximum((values - values.dtype.type(levels.low)) * values.dtype.type(1 / span), 0)
    made: Values = np.log10(values.dtype.type(1 + DARKEST) / (share + values.dtype.type(DARKEST)))
    return made
