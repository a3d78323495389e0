"""Interpolation between neighbours: imbalanced-learn picks the parents, the rows are made from them here.

The samplers of imbalanced-learn know neither missing values nor which rows they used. So each training row is handed
to them as a unit vector, and the search for neighbours as an object of ours that knows the real points. What they
return is then, for each new row, its two parents and its place between them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.encoding import Encoder
from fewfold.methods.base import Drawn
from fewfold.methods.rowwise import RowMethod, as_recorded


@dataclass(frozen=True)
class Pairs:
    """New rows by their parents: positions ``base`` and ``other``, (n,), ``step``, (n,) from 0 (at the base) to 1, and
    ``near``, (n, k) the neighbours of the base."""

    base: Ints
    other: Ints
    step: Floats
    near: Ints

    def __len__(self) -> int:
        return len(self.base)

    def take(self, rows: Ints) -> Pairs:
        """Some of them, by position."""
        return Pairs(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


class Neighbours:
    """The search for neighbours among unit vectors that stand for ``points`` (n, d) of ``subjects`` (n,): the row, then
    the ``k`` nearest rows of other patients.

    Speaks as much of scikit-learn's protocol as the samplers ask for.
    """

    def __init__(self, points: Floats, subjects: Ints, k: int) -> None:
        self.points, self.subjects, self.n_neighbors = points, subjects, k + 1
        self.near = np.empty((0, 0), dtype=np.int64)

    def __sklearn_clone__(self) -> Self:
        return self

    def fit(self, units: Any) -> Self:
        """Search among these rows from now on."""
        from sklearn.neighbors import NearestNeighbors

        self.rows: Ints = units.indices.astype(np.int64)
        own = _most_rows(self.subjects[self.rows]) - 1
        self.index = NearestNeighbors(n_neighbors=self.n_neighbors + own).fit(self.points[self.rows])
        return self

    def kneighbors(self, units: Any, return_distance: bool = False) -> Ints:
        """(n, k + 1) positions among the fitted rows, the row itself first, even where others lie on it."""
        asked = units.indices
        found: Ints = self.index.kneighbors(self.points[asked], return_distance=False)
        itself = self.rows[found] == asked[:, None]
        own = self.subjects[self.rows[found]] == self.subjects[asked][:, None]
        order = np.argsort(np.where(itself, 0, 1 + own), axis=1, kind="stable")
        found = np.take_along_axis(found, order[:, : self.n_neighbors], axis=1)
        self.near = np.full((len(self.points), self.n_neighbors - 1), -1)
        self.near[asked] = self.rows[found[:, 1:]]
        return found

    def kneighbors_graph(self, units: Any) -> Any:
        """Part of the protocol that no sampler calls."""
        raise NotImplementedError


class Interpolation(RowMethod):
    """The SMOTE family: a new row lies between a training row (the base) and one of its neighbours in the class.

    Neighbours are rows of other patients: between two visits of one patient lies that patient. Distances are Euclidean
    over standardised numbers, dates and ordinal codes, a 0/1 column for each other level, and one for whether a value
    is missing; missing numbers take the training median. Where a row has fewer than ``k_neighbors`` rows of other
    patients in its class, all rows make do with as many. A class of one patient is ``NotApplicable``.
    A value is interpolated where both parents have it, missing where the base has none, and the base's where the
    neighbour has none; ordinal codes are rounded, other levels are those of the nearer parent.
    """

    def __init__(self, *, k_neighbors: int = 5) -> None:
        self.k_neighbors = k_neighbors

    @abstractmethod
    def _sampler(self, nearest: Neighbours, **options: Any) -> Any:
        """The sampler of imbalanced-learn that searches in ``nearest``."""

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        super()._fit(cohort, rng)
        if sum(count > 0 for count in cohort.class_counts.values()) < 2:
            raise NotApplicable(f"{self.card.name} needs rows of at least 2 classes")
        self.subjects = cohort.subjects
        for code, level in enumerate(order_of_levels(self.schema.modelled[-1])):
            if len(np.unique(self.subjects[self.values[:, -1] == code])) == 1:
                raise NotApplicable(f"{self.card.name} needs 2 subjects of each class; {level!r} has 1")

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        made, parents = [], []
        codes, counts = np.unique(np.asarray(labels), return_counts=True)
        for code, count in zip(codes, counts, strict=True):
            pairs = self.parents(code, int(count), rng)
            made.append(self._between(pairs, rng))
            parents.append(self._parents(pairs))
        width = max(found.shape[1] for found in parents)
        padded = [np.pad(p, ((0, 0), (0, width - p.shape[1])), constant_values=-1) for p in parents]
        values = as_recorded(np.concatenate(made), self.values, self.schema.modelled)
        return Drawn(values, np.concatenate(padded))

    def parents(self, code: float, n: int, rng: Rng) -> Pairs:
        """The parents of ``n`` new rows of the class with that target code."""
        inside = self.values[:, -1] == code
        return self._pairs(self._points(inside), inside, n, rng)

    def _points(self, inside: Bools) -> Floats:
        """(n, d) all training rows, as distances between the rows ``inside`` a class see them."""
        features = self.schema.features
        matrix = self.values[:, : len(features)]
        return _not_empty(Encoder.fit(matrix, features).transform(matrix))

    def _pairs(self, points: Floats, inside: Bools, n: int, rng: Rng) -> Pairs:
        return draw_pairs(self._sampler, points, self.subjects, inside, n, self.k_neighbors, rng)

    def _between(self, pairs: Pairs, rng: Rng) -> Floats:
        """(n, features + target) the new rows."""
        base, other, step = self.values[pairs.base], self.values[pairs.other], pairs.step[:, None]
        between = base + step * (other - base)
        ordinal = np.array([variable.kind == "ordinal" for variable in self.schema.modelled])
        nominal = np.array([variable.discrete for variable in self.schema.modelled]) & ~ordinal
        between = np.where(nominal, np.where(step < 0.5, base, other), np.where(ordinal, np.round(between), between))
        return np.where(np.isnan(base) | np.isnan(other), base, between)

    def _parents(self, pairs: Pairs) -> Ints:
        return np.column_stack([pairs.base, pairs.other])

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays, state = super()._state()
        return {**arrays, "subjects": self.subjects}, state

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        super()._restore(arrays, state)
        self.subjects = arrays["subjects"]


def _most_rows(subjects: Ints) -> int:
    """How many rows the patient with the most rows has."""
    return int(np.unique(subjects, return_counts=True)[1].max())


def neighbours_within(points: Floats, subjects: Ints, inside: Bools, k: int) -> Neighbours:
    """A search for ``k`` neighbours, or for as many rows of other patients as every row ``inside`` has there."""
    return Neighbours(points, subjects, min(k, int(inside.sum()) - _most_rows(subjects[inside])))


def unit_rows(n: int) -> Any:
    """(n, n) sparse: the unit vector that stands for each row."""
    from scipy.sparse import eye_array

    return eye_array(n, format="csr")


def draw_pairs(sampler: Any, points: Floats, subjects: Ints, inside: Bools, n: int, k: int, rng: Rng) -> Pairs:
    """The parents of ``n`` new rows of the class whose rows are ``inside``; the sampler may return more or fewer."""
    nearest = neighbours_within(points, subjects, inside, k)
    chosen = sampler(nearest, sampling_strategy={1: int(inside.sum()) + n}, random_state=seed_of(rng))
    made, _ = chosen.fit_resample(unit_rows(len(points)), inside.astype(np.int64))
    return _parents_of(made[len(points) :], nearest.near, rng)


def _parents_of(units: Any, near: Ints, rng: Rng) -> Pairs:
    """The parents from rows that are sums of one or two unit vectors with weights that sum to 1.

    Where each of two parents is a neighbour of the other, either may have been the base, with the same chance.
    """
    units.sum_duplicates()
    units.eliminate_zeros()
    first, last = units.indptr[:-1], units.indptr[1:] - 1
    one, two, step = units.indices[first], units.indices[last], units.data[last]
    step = np.where(first == last, 0.0, step)
    whole = np.isclose(units.sum(axis=1), 1.0) & (units.data[first] >= 0.0) & (step >= 0.0) & (last - first <= 1)
    forth, back = (near[one] == two[:, None]).any(axis=1), (near[two] == one[:, None]).any(axis=1)
    if not (whole & (forth | back | (one == two))).all():
        raise RuntimeError("imbalanced-learn made rows that do not lie between a row and its neighbour")
    turned = back & (~forth | (rng.random(len(one)) < 0.5))
    base, other = np.where(turned, two, one).astype(np.int64), np.where(turned, one, two).astype(np.int64)
    return Pairs(base, other, np.where(turned, 1.0 - step, step), near[base])


def _not_empty(points: Floats) -> Floats:
    """``points``, with a column of zeros where no column varies."""
    return points if points.shape[1] else np.zeros((len(points), 1))
