"""The RKE score counts modes (``test_vendi.py`` has what both scores share)."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import numbers
from fewfold.metrics.base import metric


def test_half_of_the_modes_is_half_of_the_score() -> None:
    """Eight modes that are far apart, beside the bandwidth, on both ends of three axes: four are lost."""
    rng = np.random.default_rng(0)
    corners = np.array(np.meshgrid(*[[-1.0, 1.0]] * 3)).reshape(3, -1).T * 50
    train, real, made = (corners[np.arange(160) % 8] + rng.normal(size=(160, 3)) for _ in range(3))
    kept = corners[np.arange(160) % 4] + rng.normal(size=(160, 3))
    assert metric("rke").value(numbers(train, real, made), rng=0) == pytest.approx(1, abs=0.01)
    lost = metric("rke").value(numbers(train, real, kept), rng=0)
    near = np.exp(-np.arange(4) / 2)  # squared kernel of corners that differ on so many axes; the median is two
    expected = (np.dot([1, 3, 3, 1], near) / 8) / (np.dot([1, 2, 1], near[:3]) / 4)
    assert lost == pytest.approx(expected, rel=0.02)
