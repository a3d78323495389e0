"""Affine maps in two and three dimensions, as plain numbers: composing a few is faster than calling numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Floats

Affine = tuple[tuple[float, ...], ...]
"""n rows of n + 1 numbers: x -> linear @ x + shift."""


def identity(n: int) -> Affine:
    """The map that leaves all points where they are."""
    return tuple(tuple(float(i == j) for j in range(n + 1)) for i in range(n))


def linear(rows: Sequence[Sequence[float]]) -> Affine:
    """The map of an (n, n) matrix."""
    return tuple([(*row, 0.0) for row in rows])


def diagonal(factors: Sequence[float]) -> Affine:
    """The map that multiplies each coordinate by its factor."""
    if len(factors) == 2:
        return ((factors[0], 0.0, 0.0), (0.0, factors[1], 0.0))
    return linear([[f if i == j else 0.0 for j in range(len(factors))] for i, f in enumerate(factors)])


def shift(by: Sequence[float]) -> Affine:
    """The map that adds ``by``."""
    if len(by) == 2:
        return ((1.0, 0.0, by[0]), (0.0, 1.0, by[1]))
    return tuple((*row[:-1], each) for row, each in zip(identity(len(by)), by, strict=True))


def compose(outer: Affine, inner: Affine) -> Affine:
    """x -> outer(inner(x))."""
    if len(inner) == 2:
        (a, b, c), (d, e, f) = inner
        return tuple([(p * a + q * d, p * b + q * e, p * c + q * f + r) for p, q, r in outer])
    (a, b, c, d), (e, f, g, h), (i, j, k, l) = inner  # noqa: E741
    return tuple(
        (p * a + q * e + r * i, p * b + q * f + r * j, p * c + q * g + r * k, p * d + q * h + r * l + s)
        for p, q, r, s in outer
    )


def inverse(affine: Affine) -> Affine:
    """The map that undoes ``affine``."""
    if len(affine) == 2:
        (a, b, c), (d, e, f) = affine
        det = a * e - b * d
        return ((e / det, -b / det, (b * f - c * e) / det), (-d / det, a / det, (c * d - a * f) / det))
    rows = np.array(affine)
    back = np.linalg.inv(rows[:, :-1])
    return tuple(map(tuple, np.column_stack([back, -back @ rows[:, -1]]).tolist()))


def apply(affine: Affine, points: Floats) -> Floats:
    """(n, ...) points, one row a coordinate."""
    n = len(affine)
    rows = np.array(affine)
    moved: Floats = np.tensordot(rows[:, :n], points, 1) + rows[:, n].reshape((n,) + (1,) * (points.ndim - 1))
    return moved
