"""Spaces in which images are compared: named, and on record, since a number says nothing without its space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import final

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.data.blocks.images import Images


class FeatureSpace(ABC):
    """A fixed way from images to points. It learns nothing from them. ``name``: what its coordinates are called."""

    name: str

    @property
    @abstractmethod
    def identity(self) -> str:
        """All that tells it from another space, in one line: name, version, settings, seed, hash of weights."""

    @final
    def coordinates(self, images: Images) -> Floats:
        """(n, d) a point for each image, at least one. Raises ``BadInput`` where the space gives anything else than
        finite numbers, the same number of them for each image."""
        points = np.asarray(self._coordinates(images), dtype=np.float64)
        if points.ndim != 2 or len(points) != len(images) or not points.shape[1]:
            raise BadInput(
                expected=f"({len(images)}, d) coordinates from {self.name}",
                found=f"an array of shape {points.shape}",
                fix="Give one row of numbers an image.",
            )
        odd = np.flatnonzero(~np.isfinite(points).all(axis=1))
        if len(odd):
            raise BadInput(
                expected=f"finite coordinates from {self.name}",
                found=f"others for {len(odd)} images, such as {images.names[odd[0]]}",
                fix="Look at those images, and at the network.",
            )
        return points

    @abstractmethod
    def _coordinates(self, images: Images) -> Floats:
        """(n, d)."""


def identity_of(name: str, version: str, **settings: object) -> str:
    """The line that a space is known by."""
    return " ".join([name, version, *(f"{key}={value}" for key, value in settings.items())])


def range_text(value_range: tuple[float, float] | None) -> str:
    """How a range of values stands in an identity."""
    return "own" if value_range is None else "{:g}..{:g}".format(*value_range)
