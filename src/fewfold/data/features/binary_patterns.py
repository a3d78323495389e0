"""Texture: which neighbours are brighter."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Bools, Floats

_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))  # in a circle
KINDS = len(_AROUND) + 2


def binary_patterns(image: Floats, inside: Bools | None = None) -> dict[str, float]:
    """Shares of the ten uniform local binary patterns that a rotation by an eighth does not change.

    ``image``: (rows, columns), or (slices, rows, columns), of which each slice is read. A pattern says which of the
    eight neighbours are at least as bright as the point. With at most two changes around the circle it is uniform, and
    its kind is the number of brighter neighbours, 0 to 8; all others are kind 9. Ojala, Pietikäinen and Mäenpää 2002,
    10.1109/TPAMI.2002.1017623; corners are taken as they are, not interpolated. Points at the edge are left out, and so
    are those that are not ``inside``. All are 0 where no point is left.
    """
    rows, columns = image.shape[-2] - 2, image.shape[-1] - 2
    if rows < 1 or columns < 1:
        return {f"lbp{kind}": 0.0 for kind in range(KINDS)}
    middle = image[..., 1:-1, 1:-1]
    bright = np.stack([image[..., 1 + y : 1 + y + rows, 1 + x : 1 + x + columns] >= middle for y, x in _AROUND])
    changes = (bright != np.roll(bright, 1, axis=0)).sum(axis=0)
    kind = np.where(changes <= 2, bright.sum(axis=0), KINDS - 1)
    if inside is not None:
        kind = kind[inside[..., 1:-1, 1:-1]]
    shares = np.bincount(kind.ravel(), minlength=KINDS) / max(1, kind.size)
    return {f"lbp{k}": float(share) for k, share in enumerate(shares)}
