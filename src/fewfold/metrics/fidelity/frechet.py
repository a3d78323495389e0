"""Fréchet distance between synthetic and held-out rows, in the few directions in which patients differ most."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.metrics.base import Comparison
from fewfold.metrics.points import Points, PointsMetric

COMPONENTS = 5  # far fewer than the 30 patients that it takes at least


class Frechet(PointsMetric):
    """Squared Fréchet distance (2-Wasserstein, between two normal distributions of their means and covariances) of
    holdout and synthetic rows on the first five principal components of the encoded training rows.

    It is **biased**: above 0 for two samples of one distribution, the more the fewer rows there are, so that it is read
    beside its null alone, never across cohorts or sizes. It looks at means and covariances only, and squares them: one
    outlier moves it, so look at the extreme rows before a high value is believed.
    ``details``: the share of the variance of the training rows that the components hold.
    """

    card = MetricCard(
        name="frechet",
        title="Fréchet distance (squared, biased)",
        family="fidelity",
        question="Do the means and covariances agree where patients differ most?",
        better="lower",
        bounds=(0.0, float("inf")),
        min_subjects=30,
        most_rows=50_000,
        references=("10.1016/0047-259X(82)90077-X", "10.48550/arXiv.1706.08500"),
    )

    def _of_points(self, points: Points) -> float:
        axes, _ = _components(points.train)
        return frechet(points.holdout @ axes, points.synthetic @ axes)

    def _details(self, comparison: Comparison) -> dict[str, float]:
        return {"variance_kept": _components(Points.of(comparison).train)[1]}


def _components(train: Floats) -> tuple[Floats, float]:
    """(p, at most 5) the first principal axes, and the share of the variance along them."""
    centred = train - train.mean(axis=0)
    if len(train) > train.shape[1]:  # of many rows the sums of products tell the same in less time
        ascending, axes = np.linalg.eigh(centred.T @ centred)
        spread, axes = ascending[::-1], axes[:, ::-1]
    else:
        _, roots, transposed = np.linalg.svd(centred, full_matrices=False)
        spread, axes = roots**2, transposed.T
    return axes[:, :COMPONENTS], float(spread[:COMPONENTS].sum() / spread.sum())


def frechet(a: Floats, b: Floats) -> float:
    """Squared Fréchet distance of the normal distributions with the means and covariances of two (n, d) samples."""
    first, second = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second @ root), 0.0)).sum()
    between = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    return max(0.0, float(between + np.trace(first) + np.trace(second) - 2 * shared))
