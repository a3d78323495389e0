"""Slides whose stains are known, made by the law of Beer and Lambert, and how to alter an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.methods.transforms.base import Image, transform
from fewfold.methods.transforms.engine.lookup import Levels
from methods.transforms.engines import lattice

STAINS = np.array([[0.62, 0.73, 0.28], [0.15, 0.93, 0.33]])  # near haematoxylin and eosin, and neither's table
STAINS /= np.linalg.norm(STAINS, axis=1, keepdims=True)


def concentrations(rng: np.random.Generator, shape: tuple[int, int] = (60, 70)) -> np.ndarray:
    """Some points of one stain, some of the other, and mixtures."""
    amounts = rng.uniform(0.45, 0.9, (*shape, 2))
    amounts[:20, :, 1] = 0
    amounts[20:30, :, 0] = 0
    return amounts


def light(amounts: np.ndarray, stains: np.ndarray = STAINS) -> np.ndarray:
    """Shares of light that come through, with the smallest step of 8 bits as darkness."""
    return (1 + 1 / 255) * 10 ** -(amounts @ stains) - 1 / 255


def altered(name: str, values: np.ndarray, low: float = 0.0, high: float = 1.0, **drawn: Any) -> np.ndarray:
    return transform(name).apply(Image(values.copy(), lattice(*values.shape[:2]), Levels(low, high)), drawn).values
