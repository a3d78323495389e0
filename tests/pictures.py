"""Images for tests of readers and writers."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from fewfold.data.blocks.image import Array
from fewfold.data.provenance import Record
from fewfold.data.tag import Tag

TAG = Tag("augmented", Record("rotate é", "1", {"angle": 1.5, 'x\\"y': "a=b\nc", "many": list(range(3000))}, "7"))


def oblique(*, mirrored: bool = False) -> Array:
    """An affine of an oblique volume, 3 mm between slices, 0.7 mm between rows, 0.8 mm between columns."""
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", [0.1, 0.2, 0.3]).as_matrix() * [-3 if mirrored else 3, 0.7, 0.8]
    affine[:3, 3] = [-90, 3, 4]
    return affine


def values(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Array:
    """Random values over the range of the type, at most 16 bits of it."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return rng.normal(size=shape).astype(kind)
    if kind.kind == "b":
        return rng.random(shape) < 0.5
    info = np.iinfo(kind)
    low, high = max(info.min, -30000), min(info.max, 35000 if info.min else 65535)
    made = rng.integers(low, high, shape, endpoint=True).astype(kind)
    made.flat[0], made.flat[-1] = low, high
    return made
