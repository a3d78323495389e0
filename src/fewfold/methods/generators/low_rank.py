"""The latent correlation of a table with far more columns than rows, as few factors and a rest for each column.

The correlation of n rows has rank n, and shrinking it towards independence adds to its diagonal alone. So the latent
normals are ``F u + rest * e`` with F as wide as there are rows, and nothing of size columns x columns is kept.

Two things are simpler than in the dense correlation. A missing score counts as the mean. Of the Hermite series of the
scores only the first term is used, which matters for columns of few levels alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Bools, Floats
from fewfold.methods.generators.correlation import kept_share, noise_and_signal

BLOCK = 256


def unit_columns(scores: Floats) -> Floats:
    """(n, d) columns of scores, whose mean is 0, scaled to length 1; 0 where a column does not vary."""
    length = np.linalg.norm(scores, axis=0)
    unit: Floats = np.divide(scores, length, out=np.zeros_like(scores), where=length > 1e-6)
    return unit


def kept(unit: Floats, known: Bools, subjects_a_row: float) -> float:
    """The factor by which :func:`correlation.shrink` shrinks the correlations of ``unit`` columns, in blocks."""
    noise, signal = 0.0, 0.0
    present = known.astype(np.float64)
    for start in range(0, unit.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        correlation = unit[:, part].T @ unit
        own = np.arange(len(correlation))
        correlation[own, start + own] = 1.0
        more = noise_and_signal(correlation, (present[:, part].T @ present) * subjects_a_row)
        noise, signal = noise + more[0], signal + more[1] - len(own)
    return kept_share(noise, signal)


def factors(parts: Sequence[tuple[float, Floats]], variance: Floats) -> tuple[Floats, Floats]:
    """F, (d, rows of all parts), and the rest, (d,), of the correlation that is the weighted sum of those of ``parts``:
    weights, 1 or less together, and unit columns. ``variance``: (d,) of the scores, whose correlations are smaller than
    those of the latent normals by its root."""
    loadings = np.concatenate([np.sqrt(weight) * unit for weight, unit in parts]).T
    loadings /= np.sqrt(np.maximum(variance, 1e-12))[:, None]
    length = np.linalg.norm(loadings, axis=1)
    loadings /= np.maximum(length, 1.0)[:, None]
    return loadings, np.sqrt(1.0 - np.minimum(length, 1.0) ** 2)
