"""The support of a sample as the union of its rows' neighbourhoods."""

from __future__ import annotations

from fewfold.core.types import Floats, Ints
from fewfold.metrics.distances import squared, to_kth_other
from fewfold.metrics.diversity.coverage import NEIGHBOURS


def share_within(points: Floats, sample: Floats, subjects: Ints) -> float:
    """The share of the points that are at least as near to a row of the sample as its third nearest row of another
    subject; ``subjects`` are those of the sample."""
    radius = to_kth_other(sample, subjects, NEIGHBOURS) * (1 + 1e-9)  # a row on the edge is within
    return float((squared(points, sample) <= radius**2).any(axis=1).mean())
