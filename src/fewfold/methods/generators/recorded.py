"""How each column is recorded: the values that stand for themselves, and the numbers between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.schema import Variable
from fewfold.methods.generators.margins import decimals, limits, point_masses

SPIKE = 0.1  # the share of the known values from which on a number is a point mass


@dataclass(frozen=True)
class Recorded:
    """The atoms of all columns, and the columns that are numbers.

    ``atom`` (a,): levels seen, and numbers with a point mass; ``owner`` (a,) their columns, ascending. ``number`` (q,):
    columns with other numbers, seen between ``low`` and ``high``, recorded in steps of 2 ``half`` (0: in none),
    rounded to ``places``. They are standardised: less ``centre``, over ``spread``, after a logarithm where ``logged``.
    """

    owner: Ints
    atom: Floats
    number: Ints
    low: Floats
    high: Floats
    half: Floats
    places: Ints
    logged: Bools
    centre: Floats
    spread: Floats

    def standard(self, values: Floats) -> Floats:
        """(n, q) numbers, or edges of cells, in standard units."""
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(self.logged, np.log(np.maximum(values, 0.0)), values)
        standard: Floats = (scaled - self.centre) / self.spread
        return standard

    def values(self, standard: Floats) -> Floats:
        """The inverse of ``standard``: in range, and as they are recorded."""
        scaled = standard * self.spread + self.centre
        values = np.where(self.logged, np.exp(np.where(self.logged, scaled, 0.0)), scaled)
        for k in np.flatnonzero(self.half):
            values[:, k] = np.round(values[:, k], self.places[k])
        return np.clip(values, self.low, self.high)

    def is_number(self, values: Floats) -> Bools:
        """(n, q) whether a value of these columns, out of (n, p), is known and no atom."""
        found = ~np.isnan(values[:, self.number])
        for k, j in enumerate(self.number):
            found[:, k] &= ~np.isin(values[:, j], self.atom[self.owner == j])
        return found

    def arrays(self) -> dict[str, Any]:
        """All parts by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @staticmethod
    def of(arrays: Mapping[str, Any]) -> Recorded:
        """From what ``arrays`` gave."""
        return Recorded(**{f.name: arrays[f.name] for f in fields(Recorded)})


def recorded(values: Floats, variables: Sequence[Variable], subjects: Ints) -> Recorded:
    """How the columns of ``values`` (n, p) are recorded.

    A number that 3 patients share and that is a tenth of what is known is a point mass. So are all numbers of a
    column where no two others differ. A logarithm is taken of numbers above 0 where that makes a normal likelier.
    """
    owner: list[int] = []
    atom: list[Floats] = [np.empty(0)]
    numbers: list[tuple[float, ...]] = []
    for j, variable in enumerate(variables):
        known = values[~np.isnan(values[:, j]), j]
        found, count = np.unique(known, return_counts=True)
        if not variable.discrete:
            spiked = found[count >= SPIKE * len(known)]
            shared = spiked[np.isin(spiked, point_masses(values[:, j], subjects))]
            rest = known[~np.isin(known, shared)]
            if len(np.unique(rest)) > 1:
                found = shared
                numbers.append((j, *_number(rest, decimals(known, variable), *limits(variable))))
        atom.append(found)
        owner += [j] * len(found)
    number, low, high, half, places, logged, centre, spread = np.array(numbers).reshape(-1, 8).T
    return Recorded(
        owner=np.array(owner, dtype=np.int64),
        atom=np.concatenate(atom),
        number=number.astype(np.int64),
        low=low,
        high=high,
        half=half,
        places=places.astype(np.int64),
        logged=logged.astype(bool),
        centre=centre,
        spread=spread,
    )


def _number(values: Floats, places: int, least: float, most: float) -> tuple[float, ...]:
    """Low, high, half a step, places, logged, centre, spread."""
    low, high = np.clip([values.min(), values.max()], least, most)
    scaled, logged = values, False
    if values.min() > 0:
        logs = np.log(values)
        logged = bool(np.log(logs.std()) + logs.mean() < np.log(values.std()))
        scaled = logs if logged else values
    half = 0.5 * 10.0**-places if places >= 0 else 0.0
    return low, high, half, places, logged, scaled.mean(), scaled.std()
