"""The latent correlation of each class, between its own and that of all classes, as factors to draw with."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Floats
from fewfold.methods.generators import correlation, low_rank
from fewfold.methods.generators.correlation import Scores


def all_factors(
    scored: list[Scores], series: Floats, weights: list[float], subjects_a_row: float
) -> tuple[Floats, Floats]:
    """(classes, d, d) factors of the latent correlation of each class, ``weights`` its own and the rest pooled."""
    moments = [correlation.moments(own) for own in scored]
    pool = sum(moments[1:], start=moments[0])
    pooled = correlation.shrink(pool.correlation(), pool.rows * subjects_a_row)
    out = np.empty((len(scored), *pooled.shape))
    for c, weight in enumerate(weights):
        mixed = weight * moments[c].correlation() + (1 - weight) * pooled if weight else pooled
        out[c] = correlation.factor(correlation.latent(mixed, scored[c].series if weight else series))
    return out, np.zeros(out.shape[:2])


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
