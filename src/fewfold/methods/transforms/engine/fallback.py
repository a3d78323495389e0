"""What the kernel does, with scipy: the same within rounding, and slower."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats, Ints
from fewfold.methods.transforms.engine.lookup import Curve
from fewfold.methods.transforms.engine.storage import stored
from fewfold.methods.transforms.engine.warp import Warp

Values = npt.NDArray[Any]
BORDERS = {"constant": "grid-constant", "edge": "nearest", "mirror": "mirror"}


def resampled(image: Values, warp: Warp, interpolation: str, border: str, fill: float) -> Values:
    """``image`` (channels last, or none) at the points of the target."""
    index = warp.source.to_indices(warp.back(warp.target.places()))
    ndim = warp.source.ndim
    layers = image.reshape(*image.shape[:ndim], -1)
    each = {"linear": _linear, "nearest": _nearest, "majority": _majority}[interpolation]
    made = [each(layers[..., k], index, border, fill) for k in range(layers.shape[-1])]
    return np.stack(made, axis=-1).reshape(warp.target.shape + image.shape[ndim:])


def curved(values: Values, found: Values) -> Values:
    """Values sent through a lookup (see ``lookup``), which is a table for 8 bits."""
    if values.dtype != np.uint8:
        pieces = Curve(tuple(map(tuple, found.astype(np.float64).tolist())))
        return stored(pieces(values.astype(np.float64)), values.dtype)
    if found.ndim == 1:
        return found[values]
    return np.stack([table[values[..., k]] for k, table in enumerate(found)], axis=-1)


def _linear(layer: Values, index: Floats, border: str, fill: float) -> Values:
    from scipy.ndimage import map_coordinates

    if np.isfinite(layer).all() and np.isfinite(fill):
        made = map_coordinates(layer, index, output=np.float64, order=1, mode=BORDERS[border], cval=fill)
    else:  # no weight times infinity is not a number: leave such corners out
        values, weights = _corners(layer, index, border, fill)
        made = (weights * np.where(weights > 0, values, 0)).sum(axis=0)
    return stored(made, layer.dtype)


def _nearest(layer: Values, index: Floats, border: str, fill: float) -> Values:
    whole = np.floor(_folded(index, layer.shape, border) + 0.5).astype(np.int64)
    return _taken(layer, whole, fill)


def _majority(layer: Values, index: Floats, border: str, fill: float) -> Values:
    """The label with the largest weight among the corners of the cell; of equals the first corner's."""
    label, weight = _corners(layer, index, border, fill)
    votes = np.stack([np.where(label == one, weight, 0).sum(axis=0) for one in label])
    best: Values = np.take_along_axis(label, votes.argmax(axis=0)[None], axis=0)[0]
    return best


def _corners(layer: Values, index: Floats, border: str, fill: float) -> tuple[Values, Floats]:
    """The values at the corners of each cell, and their weights; both (corners, ...)."""
    folded = _folded(index, layer.shape, border)
    cell = np.floor(folded).astype(np.int64)
    part = folded - cell
    values, weights = [], []
    for corner in product((0, 1), repeat=layer.ndim):
        up = np.reshape(corner, (-1,) + (1,) * (index.ndim - 1))
        values.append(_taken(layer, cell + up, fill))
        weights.append(np.prod(np.where(up, part, 1 - part), axis=0))
    return np.stack(values), np.stack(weights)


def _taken(layer: Values, whole: Ints, fill: float) -> Values:
    """The values at whole indices, and the fill value beyond the border."""
    size = np.reshape(layer.shape, (-1,) + (1,) * (whole.ndim - 1))
    inside = ((whole >= 0) & (whole < size)).all(axis=0)
    found = layer[tuple(np.clip(whole, 0, size - 1))]
    return np.where(inside, found, np.array(fill).astype(layer.dtype))


def _folded(index: Floats, shape: tuple[int, ...], border: str) -> Floats:
    """Indices beyond the border brought inside, unless it is constant."""
    last = np.reshape(shape, (-1,) + (1,) * (index.ndim - 1)) - 1.0
    if border == "constant":
        return index
    if border == "mirror":
        period = np.where(last > 0, 2 * last, 1.0)
        index = index - period * np.floor(index / period)
        index = np.minimum(index, period - index)
    return np.clip(index, 0, last)
