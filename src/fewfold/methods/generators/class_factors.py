"""The latent correlation of each class, between its own and that of all classes, as factors to draw with."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Floats
from fewfold.methods.generators import correlation, low_rank
from fewfold.methods.generators.correlation import Moments, Scores


def mixed(moments: list[Moments], weights: list[float], subjects_a_row: float) -> Floats:
    """(classes, d, d) the correlation of the scores in each class, ``weights`` its own and the rest pooled."""
    pool = sum(moments[1:], start=moments[0])
    pooled = correlation.shrink(pool.correlation(), pool.rows * subjects_a_row)
    own = [m.correlation() if weight else pooled for m, weight in zip(moments, weights, strict=True)]
    return np.array([weight * each + (1 - weight) * pooled for each, weight in zip(own, weights, strict=True)])


def all_factors(
    scored: list[Scores], series: Floats, moments: list[Moments], weights: list[float], subjects_a_row: float
) -> tuple[Floats, Floats]:
    """(classes, d, d) factors of the latent correlation of each class, ``weights`` its own and the rest pooled."""
    out = mixed(moments, weights, subjects_a_row)
    for c, weight in enumerate(weights):
        out[c] = correlation.factor(correlation.latent(out[c], scored[c].series if weight else series))
    return out, np.zeros(out.shape[:2])


def log_densities(scored: Scores, correlations: Floats) -> Floats:
    """(n,) of what is known of the first columns of each row, as many as ``correlations`` (d, d) has: as of normals
    with these correlations, once every score has variance 1."""
    first = slice(0, len(correlations))
    spread = np.sqrt(scored.series[0, first])
    known = scored.known[:, first] & (spread > 1e-6)
    z = np.where(known, scored.values[:, first] / np.maximum(spread, 1e-6), 0.0)
    root = correlation.factor(correlations)
    whole, out = root @ root.T, np.zeros(len(z))
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        rows, part = np.flatnonzero(which.ravel() == k), whole[np.ix_(pattern, pattern)]
        own = z[np.ix_(rows, pattern)]
        apart = (own @ np.linalg.inv(part) * own).sum(axis=1) + np.linalg.slogdet(part)[1]
        out[rows] = -(apart + pattern.sum() * np.log(2 * np.pi)) / 2
    return out


def few_factors(
    scored: list[Scores], series: Floats, weights: list[float], subjects_a_row: float
) -> tuple[Floats, Floats]:
    """The same as (classes, d, at most 2 n) factors, and (classes, d) the SD of what they leave of each column."""
    unit = low_rank.unit_columns(np.concatenate([own.values for own in scored]))
    kept = low_rank.kept(unit, np.concatenate([own.known for own in scored]), subjects_a_row)
    most = max(len(own.values) for own, weight in zip(scored, weights, strict=True) if weight) if any(weights) else 0
    out = np.zeros((len(scored), unit.shape[1], len(unit) + most))
    rest = np.empty(out.shape[:2])
    for c, weight in enumerate(weights):
        parts = [((1 - weight) * kept, unit)]
        if weight:
            parts.append((weight, low_rank.unit_columns(scored[c].values)))
        found, rest[c] = low_rank.factors(parts, (scored[c].series if weight else series)[0])
        out[c, :, : found.shape[1]] = found
    return out, rest
