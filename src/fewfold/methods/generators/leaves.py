"""A mixture of leaves, in each of which columns are independent: densities, conditioning, and draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.methods.generators.recorded import Recorded

_ROOT_2_PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True)
class Leaves:
    """k components of a mixture, over p columns with a atoms, q of them with numbers beside them.

    ``weight`` (k,), which add up to 1, and ``label`` (k,), the code of the class. ``missing`` (k, p): how likely a
    value is missing. Where it is not, ``share`` (k, a) is how likely it is each atom, and ``number`` (k, q) how likely
    it is another number. Numbers are normal in standard units, (k, q) ``mean`` and ``sd``, cut at ``low`` and ``high``.
    """

    weight: Floats
    label: Ints
    missing: Floats
    share: Floats
    number: Floats
    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    recorded: Recorded

    def log_weights(self, values: Floats, known: Bools, labels: Ints | None = None) -> Floats:
        """(n, k) the log of each weight times how likely the component makes what is known of a row.

        ``values``: (n, p). ``known`` (p,): the columns to condition on, in which NaN is known to be missing.
        ``labels``: (n,) the classes, where they are known. A number that is recorded in steps has the probability of
        its step, any other the density in its own unit. Summed over the components, that is the density of a row;
        divided by the sum, the weights that draw the other columns given the known ones.
        """
        with np.errstate(divide="ignore"):
            log: Floats = np.tile(np.log(self.weight), (len(values), 1))
            log_missing, log_known, log_share = np.log(self.missing), np.log1p(-self.missing), np.log(self.share)
        if labels is not None:
            log[labels[:, None] != self.label] = -np.inf
        for j in np.flatnonzero(known).tolist():
            absent = np.isnan(values[:, j])
            log[absent] += log_missing[:, j]
            log[~absent] += log_known[:, j] + self._log_known(j, values[~absent, j], log_share)
        return log

    def _log_known(self, j: int, values: Floats, log_share: Floats) -> Floats:
        """(n, k) of values of column ``j``; a number in steps can be drawn where an atom is."""
        recorded = self.recorded
        first, end = np.searchsorted(recorded.owner, [j, j + 1])
        atoms, log = recorded.atom[first:end], np.full((len(values), len(self.weight)), -np.inf)
        at = np.searchsorted(atoms, values)
        is_atom = np.append(atoms, np.nan)[at] == values
        log[is_atom] = log_share.T[first + at[is_atom]]
        for k in np.flatnonzero(recorded.number == j).tolist():
            other = ~is_atom | (recorded.half[k] > 0)
            log[other] = np.logaddexp(log[other], self._log_number(k, values[other]))
        return log

    def _log_number(self, k: int, values: Floats) -> Floats:
        """(n, components) log probability of the steps, or log density, of values of the number ``k``."""
        recorded, mean, sd = self.recorded, self.mean[:, k], self.sd[:, k]
        half, edges = recorded.half[k], np.zeros((2 * len(values), len(recorded.number)))
        edges[:, k] = np.concatenate([values - recorded.half[k], values + recorded.half[k]])
        bottom, top = recorded.standard(edges)[:, k].reshape(2, -1, 1)
        low, high = self.low[:, k], self.high[:, k]
        a, b = (low - mean) / sd, (high - mean) / sd
        with np.errstate(divide="ignore"):
            log = np.log(self.number[:, k]) - _log_between(a, b)
        if half:
            below, above = np.clip(bottom, low, high), np.clip(top, low, high)
            return log + _log_between((below - mean) / sd, (above - mean) / sd)
        density = -0.5 * ((bottom - mean) / sd) ** 2 - _ROOT_2_PI - np.log(sd * recorded.spread[k])
        if recorded.logged[k]:
            density = density - np.log(values)[:, None]
        inside = (bottom >= low) & (bottom <= high)
        return log + np.where(inside, density, -np.inf)

    def draw(self, components: Ints, rng: Rng) -> Floats:
        """(n, p) a row from each of these components."""
        recorded, rows = self.recorded, np.arange(len(components))
        values = np.full((len(components), self.missing.shape[1]), np.nan)
        numbers = self._numbers(components, rng)
        for j in range(values.shape[1]):
            first, end = np.searchsorted(recorded.owner, [j, j + 1])
            k = np.flatnonzero(recorded.number == j)
            shares = np.column_stack([self.share[components, first:end], self.number[np.ix_(components, k)]])
            if shares.shape[1]:
                choices = np.column_stack([np.tile(recorded.atom[first:end], (len(rows), 1)), numbers[:, k]])
                upto = np.cumsum(shares, axis=1)
                picked = (upto < rng.random((len(rows), 1)) * upto[:, -1:]).sum(axis=1)
                values[:, j] = choices[rows, np.minimum(picked, shares.shape[1] - 1)]
        values[rng.random(values.shape) < self.missing[components]] = np.nan
        return values

    def _numbers(self, components: Ints, rng: Rng) -> Floats:
        mean, sd = self.mean[components], self.sd[components]
        low, high = self.low[components], self.high[components]
        a, b = (low - mean) / sd, (high - mean) / sd
        flip = np.where(a + b > 0, -1.0, 1.0)  # to the side where small probabilities are exact
        one, other = ndtr(flip * a), ndtr(flip * b)
        z = flip * ndtri(one + rng.random(mean.shape) * (other - one))
        return self.recorded.values(np.clip(mean + sd * np.nan_to_num(z, posinf=0, neginf=0), low, high))

    def arrays(self) -> dict[str, Any]:
        """All parts by name."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "recorded"}
        return {**own, **{f"recorded_{name}": part for name, part in self.recorded.arrays().items()}}

    @staticmethod
    def of(arrays: Mapping[str, Any]) -> Leaves:
        """From what ``arrays`` gave."""
        own = {f.name: arrays[f.name] for f in fields(Leaves) if f.name != "recorded"}
        start = len("recorded_")
        return Leaves(**own, recorded=Recorded.of({k[start:]: v for k, v in arrays.items() if k.startswith("rec")}))


def _log_between(a: Floats, b: Floats) -> Floats:
    """The log probability that a standard normal is between ``a`` and ``b``; -inf where it is not a < b."""
    flip = a + b > 0
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    below, above = log_ndtr(low), log_ndtr(high)
    with np.errstate(divide="ignore", invalid="ignore"):
        log: Floats = above + np.log(-np.expm1(below - above))
    return np.where(b > a, log, -np.inf)
