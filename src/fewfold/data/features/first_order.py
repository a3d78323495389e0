"""Features of the values alone, wherever they lie."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Floats

DECILES = (10, 50, 90)
BINS = 32  # of the entropy


def first_order(values: Floats) -> dict[str, float]:
    """Mean, SD, skewness, excess kurtosis, three deciles and the entropy of ``values``, shares of their range.

    ``values``: (n,), at least one. Skewness and kurtosis of constant values are 0. The entropy is in bits, over 32 bins
    from 0 to 1 (10.1158/0008-5472.CAN-17-0339).
    """
    mean, sd = float(values.mean()), float(values.std())
    scaled = (values - mean) / sd if sd > 1e-12 else np.zeros_like(values)
    counts = np.bincount(binned(values, BINS).ravel(), minlength=BINS)
    share = counts[counts > 0] / values.size
    told = {
        "mean": mean,
        "sd": sd,
        "skewness": float((scaled**3).mean()),
        "kurtosis": float((scaled**4).mean()) - 3 if sd > 1e-12 else 0.0,
        "entropy": float(-(share * np.log2(share)).sum()),
    }
    deciles = np.percentile(values, DECILES)
    return told | {f"p{level}": float(value) for level, value in zip(DECILES, deciles, strict=True)}


def binned(values: Floats, bins: int) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """The bin of each value, 0 to ``bins`` - 1; bins are equally wide from 0 to 1, and what lies beyond is in the last
    one of its side."""
    return np.clip(np.floor(values * bins), 0, bins - 1).astype(np.intp)
