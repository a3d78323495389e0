"""Statistics of patients, one row each, with how far one patient more or less can move them (L2 norm)."""

from __future__ import annotations

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints

TABLE_SENSITIVITY = 1.0  # a patient is in one cell of a table of counts


def one_row_each(subjects: Ints, rng: Rng) -> Ints:
    """(patients,) positions of one row of each patient, each of a patient's rows as likely as the others."""
    order = rng.permutation(len(subjects))
    rows: Ints = np.sort(order[np.unique(subjects[order], return_index=True)[1]])
    return rows


def table(classes: Ints, codes: Ints, shape: tuple[int, int]) -> Floats:
    """How many rows each class (n,) has with each code (n,)."""
    counts = np.zeros(shape)
    np.add.at(counts, (classes, codes), 1.0)
    return counts


def longest(d: int) -> float:
    """The squared length that a row of d scores may have: 4 SD above the mean of that of independent normals."""
    return d + 4 * float(np.sqrt(2 * d))


def products(scores: Floats) -> Floats:
    """(d (d - 1) / 2,) for each two columns of (n, d) scores the sum of their products, rows that are too long
    shortened first."""
    d = scores.shape[1]
    length = np.linalg.norm(scores, axis=1, keepdims=True)
    short = scores * np.minimum(1.0, np.sqrt(longest(d)) / np.maximum(length, 1e-300))
    sums: Floats = (short.T @ short)[np.triu_indices(d, 1)]
    return sums


def products_sensitivity(d: int) -> float:
    """Of :func:`products`: the products of a row of squared length L have a squared norm of (L^2 - the sum of fourth
    powers) / 2, the largest where all scores are as large."""
    return longest(d) * float(np.sqrt((d - 1) / (2 * d)))
