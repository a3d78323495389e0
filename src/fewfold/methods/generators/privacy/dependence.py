"""Dependence from noisy sums of products of scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Floats, Ints
from fewfold.methods.generators import correlation
from fewfold.methods.generators.privacy.cells import cell_scores, score_series
from fewfold.methods.generators.privacy.viability import MOST_CORRELATION_NOISE


def scored(codes: Sequence[Ints], shares: Sequence[Floats], classes: Ints) -> Floats:
    """(n, d) the score of the cell of each entry within its class. ``codes``: (n,) a column; ``shares``: (classes,
    cells + 1) a column, missing values last."""
    columns = [
        np.array([cell_scores(own[:-1]) for own in share])[classes, code]
        for code, share in zip(codes, shares, strict=True)
    ]
    return np.column_stack(columns)


def factor(sums: Floats, sigma: float, counts: Floats, shares: Sequence[Floats]) -> Floats:
    """(d, d) F with F F' the correlation of the latent normals within the class.

    ``sums``: of the products of scores of each two columns, with noise ``sigma``; ``counts``: (classes,) patients. A
    correlation with more noise than is viable is 0; the others are shrunk by one factor, as noise and chance ask.
    """
    d, weights = len(shares), counts / counts.sum()
    series = np.average([score_series([s[c][:-1] for s in shares]) for c in range(len(counts))], 0, weights)
    known = np.array([np.maximum(1 - weights @ share[:, -1], 1e-6) for share in shares])
    i, j = np.triu_indices(d, 1)
    scale = counts.sum() * known[i] * known[j] * np.sqrt(np.maximum(series[0][i] * series[0][j], 1e-6))
    noise = sigma / scale
    told = noise < MOST_CORRELATION_NOISE
    found = np.where(told, np.clip(sums / scale, -1.0, 1.0), 0.0)
    variance = np.where(told, noise**2 + (1 - found**2) ** 2 / counts.sum(), 0.0)
    matrix = np.eye(d)
    matrix[i, j] = matrix[j, i] = found * correlation.kept_share(float(variance.sum()), float((found**2).sum()))
    return correlation.factor(correlation.latent(matrix, series))
