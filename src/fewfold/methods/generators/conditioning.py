"""Normal draws moved to what is known of some of their columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr, ndtri

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats

TINY = 1e-12  # the share of the normal in either tail that is never drawn
Bounds = tuple[Floats, Floats]  # (n,) between which values a column lies in each row; equal where it is known exactly


def conditioned(latent: Floats, factors: Floats, rest: Floats, known: Mapping[int, Bounds], rng: Rng) -> Floats:
    """(n, d) draws of the normal whose covariance is ``factors`` (d, k) times its transpose plus ``rest`` (d,) squared,
    given that some columns lie between bounds.

    A column that is bounded is drawn given those before it, truncated; then each row is moved by what its columns
    have to move (Matheron's rule: Journel and Huijbregts 1978, Mining geostatistics). That is exact for columns that
    are known exactly and for one more column after them.
    """
    columns = list(known)
    shared = factors @ factors[columns].T
    shared[columns, np.arange(len(columns))] += rest[columns] ** 2
    within = shared[columns]
    wanted = np.empty((len(latent), len(columns)))
    for i, column in enumerate(columns):
        weights = np.linalg.lstsq(within[:i, :i], within[:i, i], rcond=None)[0]
        mean, spread = wanted[:, :i] @ weights, np.sqrt(max(within[i, i] - within[i, :i] @ weights, 1e-12))
        low, high = known[column]
        ends = [np.clip(ndtr((end - mean) / spread), TINY, 1 - TINY) for end in (low, high)]
        wanted[:, i] = np.clip(mean + spread * ndtri(rng.uniform(*ends)), low, high)
    moved: Floats = latent + (wanted - latent[:, columns]) @ np.linalg.lstsq(within, shared.T, rcond=None)[0]
    return moved
