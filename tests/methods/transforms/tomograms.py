"""Bodies of water for tests of computed tomography, and how they are sent through a transform."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Levels


def water(own: Lattice, rows: float, columns: float) -> np.ndarray:
    """Hounsfield units of an ellipse of water in air, half as wide as told, in mm; its rim is smooth."""
    row, column = own.places()
    beyond = (np.hypot(row / rows, column / columns) - 1) * min(rows, columns)
    return (-1000 * np.clip(beyond / max(own.spacing) + 0.5, 0, 1)).astype(np.float32)


def away(own: Lattice) -> np.ndarray:
    """The distance of each point from the centre, in mm."""
    return np.hypot(*own.places())


def scanned(name: str, values: np.ndarray, own: Lattice, drawn: dict[str, Any]) -> np.ndarray:
    return transform(name).apply(Image(values.copy(), own, Levels(-1024.0, 3071.0)), drawn).values
