"""Metrics that set training patients against patients whom the method never saw, with an exact null."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.encoding import Encoder
from fewfold.metrics.base import Comparison, Interval, Metric, null_range

PERMUTATIONS = 499


@dataclass(frozen=True, eq=False)
class Patients:
    """The real rows of both sides in one pool. ``subjects``: (rows,) the number of the patient of each row;
    ``members``: (patients,) who was in training."""

    comparison: Comparison
    subjects: Ints
    members: Bools

    @classmethod
    def of(cls, comparison: Comparison) -> Patients:
        """Number the patients of both sides."""
        codes = [np.unique(c.subjects, return_inverse=True)[1] for c in (comparison.train, comparison.holdout)]
        members, others = (int(c.max(initial=-1)) + 1 for c in codes)
        subjects = np.concatenate([codes[0], codes[1] + members])
        return cls(comparison, subjects, np.arange(members + others) < members)

    @property
    def matrix(self) -> Floats:
        """(rows, features) of training, then of holdout patients."""
        return np.vstack([self.comparison.train.matrix, self.comparison.holdout.matrix])

    @property
    def modelled(self) -> Floats:
        """(rows, features + target), as ``matrix``."""
        return np.vstack([self.comparison.train.modelled, self.comparison.holdout.modelled])

    @cached_property
    def encoded(self) -> tuple[Floats, Floats]:
        """Design matrices of the pool and of the synthetic rows, by an encoder that saw what an attacker sees: the
        synthetic rows alone."""
        made = self.comparison.synthetic
        encoder = Encoder.fit(made.matrix, made.schema.features)
        if not encoder.names:
            raise NotApplicable("no feature varies in the synthetic rows")
        return encoder.transform(self.matrix), encoder.transform(made.matrix)

    def largest(self, values: Floats) -> Floats:
        """(patients, ...) the largest of the values (rows, ...) of each patient."""
        order = np.argsort(self.subjects, kind="stable")
        starts = np.searchsorted(self.subjects[order], np.arange(len(self.members)))
        out: Floats = np.maximum.reduceat(values[order], starts, axis=0)
        return out


Statistic = Callable[[Bools], Floats]


class ExchangeMetric(Metric):
    """A statistic of a pool of real patients and of who of them was in training.

    The null is exact: where the synthetic rows tell nothing of who was in training, patients can change sides. The
    synthetic rows stay, the patients are dealt to the two sides anew.
    """

    @abstractmethod
    def statistic(self, patients: Patients) -> Statistic:
        """A function from (draws, patients) marks of who was in training to (draws,) values; better vectorised."""

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        patients = Patients.of(comparison)
        return float(self.statistic(patients)(patients.members[None])[0])

    def _null(self, comparison: Comparison, splits: int, rng: Rng) -> Interval | None:
        return null_range(self.exchanged(comparison, splits, rng=rng))

    def _p(self, comparison: Comparison, rng: Rng) -> float | None:
        patients = Patients.of(comparison)
        values = self.exchanged(comparison, PERMUTATIONS, rng=rng)
        seen = float(self.statistic(patients)(patients.members[None])[0])
        known = values[np.isfinite(values)]
        return float((1 + np.sum(known >= seen - 1e-12)) / (1 + len(known)))

    @final
    def exchanged(self, comparison: Comparison, draws: int, *, rng: Rng) -> Floats:
        """(draws,) the statistic with the patients dealt anew to the two sides."""
        patients = Patients.of(comparison)
        marks = rng.permuted(np.tile(patients.members, (draws, 1)), axis=1)
        return self.statistic(patients)(marks)


def two_means(values: Floats, members: Bools) -> Floats:
    """(draws,) mean of the values of the members less that of the others; ``members`` is (draws, patients)."""
    ours = members.sum(axis=1)
    sums = members @ values
    out: Floats = sums / ours - (values.sum() - sums) / (members.shape[1] - ours)
    return out
