"""Distances between encoded rows, a block at a time, so that memory grows with the rows and not with their square."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.encoding import Encoder
from fewfold.metrics.base import Comparison

BLOCK = 2_000_000  # distances held at once
MOST_ROWS = 1_000  # a side, where all pairs are needed at once


def encoded(comparison: Comparison) -> tuple[Floats, Floats, Floats]:
    """Design matrices of train, holdout and synthetic rows, by an encoder that saw the training rows alone."""
    encoder = Encoder.fit(comparison.train.matrix, comparison.train.schema.features)
    if not encoder.names:
        raise NotApplicable("no feature varies in the training rows")
    cohorts = (comparison.train, comparison.holdout, comparison.synthetic)
    train, holdout, synthetic = (encoder.transform(c.matrix) for c in cohorts)
    return train, holdout, synthetic


def blocks(points: Floats, among: Floats) -> Iterator[tuple[slice, Floats]]:
    """Euclidean distances of some of the points (a slice of their rows) to each of ``among``."""
    from scipy.spatial.distance import cdist

    step = max(1, BLOCK // max(1, len(among)))
    for start in range(0, len(points), step):
        rows = slice(start, min(start + step, len(points)))
        yield rows, cdist(points[rows], among)


def nearest(points: Floats, among: Floats) -> tuple[Floats, Ints]:
    """(n,) distance of each point to the nearest of ``among``, and (n,) its position."""
    distances, positions = np.empty(len(points)), np.empty(len(points), dtype=np.int64)
    for rows, block in blocks(points, among):
        positions[rows] = block.argmin(axis=1)
        distances[rows] = block.min(axis=1)
    return distances, positions


def to_kth_other(points: Floats, subjects: Ints, k: int) -> Floats:
    """(n,) distance of each point to the k-th nearest point of another subject."""
    distances = np.empty(len(points))
    for rows, block in blocks(points, points):
        block[subjects[rows, None] == subjects[None, :]] = np.inf
        distances[rows] = np.partition(block, k - 1, axis=1)[:, k - 1]
    return distances


def limited(comparison: Comparison, rng: Rng) -> Comparison:
    """The comparison with at most ``MOST_ROWS`` random rows of holdout and synthetic."""
    return replace(comparison, holdout=_at_most(comparison.holdout, rng), synthetic=_at_most(comparison.synthetic, rng))


def _at_most(cohort: Cohort, rng: Rng) -> Cohort:
    if len(cohort) <= MOST_ROWS:
        return cohort
    return cohort.take(np.sort(rng.permutation(len(cohort))[:MOST_ROWS]))


def gaussian_kernel(points: Floats, reference: Floats) -> Floats:
    """(n, n) Gaussian kernel; its bandwidth is the median distance between (at most 500) different reference rows."""
    from scipy.spatial.distance import cdist, pdist

    step = -(-len(reference) // 500)
    distances = pdist(reference[::step])
    distances = distances[distances > 0]
    width = float(np.median(distances)) if len(distances) else 1.0
    kernel: Floats = np.exp(cdist(points, points, "sqeuclidean") / (-2 * width**2))
    return kernel
