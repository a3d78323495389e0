"""Noisy tables that tell of the same classes, made to agree about them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Floats


def agreed(counts: Floats, variance: float, tables: Sequence[Floats], noise: float) -> tuple[Floats, float]:
    """(classes,) patients, the mean of ``counts`` with the ``variance`` of their noise and of what each of ``tables``
    (classes, cells) with the variance ``noise`` of each cell adds up to, weighted by precision; and its variance
    (Hay et al. 2010, 10.14778/1920841.1920970)."""
    precision = np.array([1 / variance, *(1 / (noise * table.shape[1]) for table in tables)])
    sums = np.array([counts, *(table.sum(axis=1) for table in tables)])
    return precision @ sums / precision.sum(), float(1 / precision.sum())


def adding_up(table: Floats, counts: Floats) -> Floats:
    """The nearest table whose rows add up to ``counts`` (classes,)."""
    nearest: Floats = table + (counts - table.sum(axis=1))[:, None] / table.shape[1]
    return nearest
