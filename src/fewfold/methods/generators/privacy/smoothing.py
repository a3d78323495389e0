"""Shares from noisy counts."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Floats

KEPT = 2.5  # standard deviations of noise from which on a count is more than noise
KEPT_MISSING = 3.5  # that of missing values: columns that have none, the many, are to get none


def smoothed(noisy: Floats, sigma: float) -> Floats:
    """(classes, k) shares from noisy counts: a class is shrunk towards all by what noise alone would put between them
    (James and Stein), and what is no more than noise is 0. The last cell is that of missing values.

    A class without any count above the noise has the shares of all; where these have none either, they are in
    proportion to what is positive.
    """
    pooled = _shares(noisy.sum(axis=0), sigma * np.sqrt(len(noisy)))
    if not pooled.any():
        pooled = np.append(np.maximum(noisy.sum(axis=0)[:-1], 1e-9), 0.0)
        pooled = pooled / pooled.sum()
    out = np.tile(pooled, (len(noisy), 1))
    for c, counts in enumerate(noisy):
        own = _shares(counts, sigma)
        apart = float(((own - pooled) ** 2).sum())
        if own.any() and apart:
            weight = max(0.0, 1 - len(counts) * (sigma / max(counts.sum(), sigma)) ** 2 / apart)
            out[c] = weight * own + (1 - weight) * pooled
    return out


def _shares(counts: Floats, sigma: float) -> Floats:
    least = np.append(np.full(len(counts) - 1, KEPT), KEPT_MISSING) * sigma
    kept = np.where(counts > least, counts, 0.0)
    shares: Floats = kept / max(kept.sum(), 1e-300)
    return shares
