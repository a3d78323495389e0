"""Correlation of the latent normal variables behind columns of any kind, estimated from few rows.

An entry of a column is scored by the mean of a standard normal Z over the step of the column's empirical distribution
that the entry lies on: about the normal score of its rank, or the usual score of a level that many rows share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from fewfold.core.types import Bools, Floats

TERMS = 9
FAR = 38.0  # standard deviations; the normal density is 0 beyond
FLOOR = 1e-6


@dataclass(frozen=True)
class Scores:
    """``values``: (n, d), 0 where missing. ``known``: (n, d). ``series``: (TERMS, d) coefficients of each column's
    score, as a function of Z, on the Hermite polynomials of degree 1, 2, ... scaled to unit variance."""

    values: Floats
    known: Bools
    series: Floats


def scores(columns: Floats) -> Scores:
    """The scores of (n, d) columns, NaN where missing."""
    known = ~np.isnan(columns)
    steps = _steps(columns)
    z = np.clip(ndtri(steps), -FAR, FAR)
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    width = np.where(known, steps[1] - steps[0], 1.0)
    values = np.where(known, (density[0] - density[1]) / width, 0.0)
    weight = values / width / np.maximum(known.sum(axis=0), 1)
    series = np.empty((TERMS, columns.shape[1]))
    before, now = np.zeros_like(z), np.ones_like(z)
    for k in range(1, TERMS + 1):  # the integral of h_k over a step is [h_(k-1) density] / sqrt(k)
        inside = now * density
        series[k - 1] = (weight * (inside[0] - inside[1])).sum(axis=0) / np.sqrt(k)
        before, now = now, (z * now - np.sqrt(k - 1) * before) / np.sqrt(k)
    return Scores(values, known, series)


def _steps(columns: Floats) -> Floats:
    """(2, n, d) the lower and upper end of each entry's step of its column's empirical distribution function."""
    n = len(columns)
    order = np.argsort(columns, axis=0, kind="stable")
    ordered = np.take_along_axis(columns, order, axis=0)
    new = np.ones((n + 1, columns.shape[1]), dtype=bool)
    new[1:n] = ordered[1:] != ordered[:-1]
    position = np.arange(n + 1)[:, None]
    first = np.maximum.accumulate(np.where(new, position, 0)[:n], axis=0)
    last = np.minimum.accumulate(np.where(new, position, n)[:0:-1], axis=0)[::-1]
    known = np.maximum((~np.isnan(columns)).sum(axis=0), 1)
    steps = np.empty((2, *columns.shape))
    for step, end in zip(steps, (first, last), strict=True):
        np.put_along_axis(step, order, np.minimum(end / known, 1.0), axis=0)
    return steps


@dataclass(frozen=True)
class Moments:
    """Sums over the rows in which both columns are known, (d, d) each: how many rows, centred products, and in
    ``spread[i, j]`` the centred squares of column i."""

    rows: Floats
    products: Floats
    spread: Floats

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.rows + other.rows, self.products + other.products, self.spread + other.spread)

    def __mul__(self, weight: float) -> Moments:
        """The same of rows that count ``weight`` each."""
        return Moments(self.rows * weight, self.products * weight, self.spread * weight)

    def correlation(self) -> Floats:
        """(d, d) pairwise correlations, 0 where a column does not vary, 1 on the diagonal."""
        scale = np.sqrt(self.spread * self.spread.T)
        out = np.divide(self.products, scale, out=np.zeros_like(scale), where=scale > 1e-9)
        np.fill_diagonal(out, 1.0)
        return np.clip(out, -1.0, 1.0)


def moments(scored: Scores) -> Moments:
    """Sums within one class; those of several classes add up to the pooled within-class sums."""
    values, known = scored.values, scored.known.astype(np.float64)
    rows = known.T @ known
    total = values.T @ known
    count = np.maximum(rows, 1.0)
    products = values.T @ values - total * total.T / count
    spread = (values * values).T @ known - total * total / count
    return Moments(rows, products, np.maximum(spread, 0.0))


def shrink(correlation: Floats, subjects: Floats) -> Floats:
    """Correlations shrunk towards 0 by one factor, the summed variance of the correlations over their summed squares
    (Schaefer and Strimmer 2005, 10.2202/1544-6115.1175), at most 1.

    ``subjects``: (d, d) patients behind each; the variance of a correlation is taken as (1 - r^2)^2 / subjects.
    """
    off = ~np.eye(len(correlation), dtype=bool)
    return np.where(off, kept_share(*noise_and_signal(correlation[off], subjects[off])) * correlation, 1.0)


def noise_and_signal(correlations: Floats, subjects: Floats) -> tuple[float, float]:
    """The summed variance and the summed squares of ``correlations``, each from as many ``subjects``."""
    squares = correlations**2
    return float(((1 - squares) ** 2 / np.maximum(subjects, 1.0)).sum()), float(squares.sum())


def kept_share(noise: float, signal: float) -> float:
    """What the correlations are multiplied by; 0 where they are no larger than noise."""
    return max(0.0, 1 - noise / signal) if signal else 0.0


def latent(correlation: Floats, series: Floats) -> Floats:
    """The correlation that latent normals must have for their scores to correlate as given.

    Scores with Hermite coefficients a and b of two normals with correlation p have covariance sum a_k b_k p^k; this is
    solved for p by bisection. For two columns split at their medians, p = sin(r pi / 2).
    """
    variance = series[0]  # E[s Z] = E[s^2], as s is the conditional mean of Z
    unit = series / np.sqrt(np.maximum(variance, 1e-12))
    low, high = np.full(correlation.shape, -1.0), np.full(correlation.shape, 1.0)
    for _ in range(20):
        middle = (low + high) / 2
        reached = np.zeros_like(middle)
        for row in unit[::-1]:
            reached = (reached + np.outer(row, row)) * middle
        above = reached > correlation
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    solved = np.where(correlation == 0.0, 0.0, (low + high) / 2)
    np.fill_diagonal(solved, 1.0)
    return solved


def factor(correlation: Floats) -> Floats:
    """(d, d) F with F F' the correlation made positive definite: eigenvalues raised to a floor, diagonal kept at 1."""
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, FLOOR))
    out: Floats = root / np.linalg.norm(root, axis=1, keepdims=True)
    return out
