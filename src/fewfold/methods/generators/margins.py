"""Margins: what one column looks like by itself, as a smoothed quantile function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.schema import Variable

MASS_SUBJECTS = 3
MAX_DECIMALS = 6
Limits = tuple[float, float]
NO_LIMITS: Limits = (-np.inf, np.inf)


@dataclass(frozen=True)
class Margin:
    """A quantile function, linear between ``knots`` (k, 2) of probability and value; empty where nothing is known."""

    knots: Floats

    def quantile(self, probabilities: Floats) -> Floats:
        """The values at these probabilities; NaN where nothing is known."""
        if not len(self.knots):
            return np.full(probabilities.shape, np.nan)
        values: Floats = np.interp(probabilities, self.knots[:, 0], self.knots[:, 1])
        return values

    @property
    def edge(self) -> float:
        """About half a step: the probability of the least value, where it must not be 0."""
        return 1 / max(2, len(self.knots))

    def probabilities(self, values: Floats) -> tuple[Floats, Floats]:
        """The least and the largest probability at which each value stands; 0 and 1 where nothing is known."""
        if not len(self.knots):
            return np.zeros(values.shape), np.ones(values.shape)
        steps, atoms = self.knots.T
        first, last = np.searchsorted(atoms, values, "left"), np.searchsorted(atoms, values, "right")
        between = np.interp(values, atoms, steps)
        at = first < last
        low = np.where(at, steps[np.minimum(first, len(atoms) - 1)], between)
        high = np.where(at, steps[np.maximum(last - 1, 0)], between)
        return low, high


def margin(values: Floats, masses: Floats | None, limits: Limits = NO_LIMITS) -> Margin:
    """The margin of ``values`` (NaN left out).

    Flat at the point ``masses`` (None: at every value, so that levels come at their rates), linear between the middles
    of the steps of the other values, never outside the observed range or the limits.
    """
    atoms, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    if not len(atoms):
        return Margin(np.empty((0, 2)))
    flat = np.ones(len(atoms), dtype=bool) if masses is None else np.isin(atoms, masses)
    return stepped(np.clip(atoms, *limits), np.cumsum(counts) / counts.sum(), flat)


def stepped(atoms: Floats, top: Floats, flat: Bools) -> Margin:
    """The margin whose distribution function has the value ``top`` (k,) at each of ``atoms`` (k,), in order: flat at
    some of them, linear between the middles of the steps of the others."""
    bottom = np.concatenate([[0.0], top[:-1]])
    middle = (bottom + top) / 2
    middle[0], middle[-1] = 0.0, top[-1]
    ends = np.column_stack([np.where(flat, bottom, middle), np.where(flat, top, middle)])
    return Margin(np.column_stack([ends.ravel(), np.repeat(atoms, 2)]))


def point_masses(values: Floats, subjects: Ints) -> Floats:
    """Values that at least 3 patients share: zeros of a count, heaped ages, detection limits."""
    known = ~np.isnan(values)
    pairs = np.unique(np.column_stack([values[known], subjects[known]]), axis=0)
    atoms, patients = np.unique(pairs[:, 0], return_counts=True)
    shared: Floats = atoms[patients >= MASS_SUBJECTS]
    return shared


def decimals(values: Floats, variable: Variable) -> int:
    """Decimal places that the column is recorded to (0 for whole days of dates); -1 where there is no such grid."""
    if variable.kind == "integer":
        return 0
    known = values[~np.isnan(values)]
    tolerance = 1e-12 * max(1.0, float(np.abs(known).max(initial=0.0)))
    for places in range(MAX_DECIMALS + 1):
        if np.abs(known - np.round(known, places)).max(initial=0.0) <= tolerance:
            return places
    return -1


def limits(variable: Variable) -> Limits:
    """The declared limits, infinite where there is none."""
    low, high = variable.low, variable.high
    return -np.inf if low is None else low, np.inf if high is None else high


def pack(margins: Sequence[Margin]) -> tuple[Floats, Ints]:
    """All knots in one array, and where each margin ends."""
    return np.concatenate([m.knots for m in margins]), np.cumsum([len(m.knots) for m in margins])


def unpack(knots: Floats, ends: Ints) -> list[Margin]:
    """The inverse of :func:`pack`."""
    return [Margin(part) for part in np.split(knots, ends[:-1])]
