"""Two label maps of one field."""

from __future__ import annotations

from fewfold.core.types import Bools
from fewfold.data.blocks.image import Array


def both(truth: Array, predicted: Array, label: int) -> tuple[Bools, Bools]:
    """Where each map has ``label``. Raises ``ValueError`` where their shapes differ."""
    if truth.shape != predicted.shape:
        raise ValueError(f"the true mask has the shape {truth.shape}, the predicted one {predicted.shape}")
    return truth == label, predicted == label
