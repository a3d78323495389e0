"""Signals for tests of the transforms that imitate acquisition, and how they are sent through one."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice

PLANE, VOLUME = (24, 31), (16, 12, 18)


def signal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape).astype(np.float32)


def acquired(
    name: str, values: np.ndarray, drawn: dict[str, Any], dims: int, levels: tuple[float, float] = (0.0, 1.0)
) -> np.ndarray:
    """What comes out of a copy of ``values``."""
    own = lattice(*values.shape[:dims])
    return transform(name).apply(Image(values.copy(), own, Levels(*levels)), drawn).values


def drawn_by(name: str, shape: tuple[int, ...], seed: int = 0, **params: Any) -> dict[str, Any]:
    found = transform(name, **params).draw(np.random.default_rng(seed), lattice(*shape))
    assert found is not None
    return found
