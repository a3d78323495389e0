"""SMOTE-NC: SMOTE for tables of numbers and levels."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.encoding import Encoder
from fewfold.data.schema import Variable
from fewfold.methods.oversamplers.neighbours import Interpolation, Neighbours, Pairs
from fewfold.methods.oversamplers.smote import smote


class SmoteNC(Interpolation):
    """SMOTE-NC: for each level that two rows do not share, their distance grows by the median SD of the numbers in the
    class; a new row takes the level that most neighbours of the base have, ties at random.

    Levels are those of categorical and boolean columns; ordinal codes count as numbers. For the distance a missing
    number is the training median and a missing level the mode. Otherwise as ``smote``, which it is in a table without
    levels. Needs a number, a date or an ordinal column. ``Provenance.sources`` has all neighbours that voted.
    """

    card = MethodCard(
        name="smotenc",
        title="SMOTE-NC",
        family="oversampler",
        summary="SMOTE for numbers; levels by the vote of the neighbours.",
        targets=CLASSES,
        min_subjects=4,
        min_per_class=2,
        may_destroy=("rare levels", "variance within the class", "calibration"),
        cost="milliseconds",
        references=("10.1613/jair.953",),
    )

    def _sampler(self, nearest: Neighbours, **options: Any) -> Any:
        return smote(nearest, **options)

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        super()._fit(cohort, rng)
        if not self._numbers().shape[1]:
            raise NotApplicable("smotenc needs a number, a date or an ordinal column that varies; use smote")

    def _numbers(self) -> Floats:
        """(n, d) the standardised numbers, dates and ordinal codes."""
        chosen = [j for j, variable in enumerate(self.schema.features) if not _nominal(variable)]
        variables, values = [self.schema.features[j] for j in chosen], self.values[:, chosen]
        encoder = Encoder.fit(values, variables)
        numbers: Floats = encoder.transform(values)[:, : len(encoder.numbers)]
        return numbers

    def _points(self, inside: Bools) -> Floats:
        numbers = self._numbers()
        apart = np.median(numbers[inside].std(axis=0)) / np.sqrt(2.0)
        levels = [apart * _one_hot(self.values[:, j]) for j in self._nominal()]
        return np.concatenate([numbers, *levels], axis=1)

    def _nominal(self) -> list[int]:
        return [j for j, variable in enumerate(self.schema.features) if _nominal(variable)]

    def _between(self, pairs: Pairs, rng: Rng) -> Floats:
        between = super()._between(pairs, rng)
        for j in self._nominal():
            base, near = self.values[pairs.base, j], self.values[pairs.near, j]
            votes = (near[:, :, None] == np.arange(len(self.schema.features[j].levels or ()))).sum(axis=1)
            elected = np.argmax(votes + 0.5 * rng.random(votes.shape), axis=1)
            between[:, j] = np.where(np.isnan(base) | ~votes.any(axis=1), base, elected)
        return between

    def _parents(self, pairs: Pairs) -> Ints:
        order = np.argsort(pairs.near != pairs.other[:, None], axis=1, kind="stable")
        return np.column_stack([pairs.base, np.take_along_axis(pairs.near, order, axis=1)])


def _nominal(variable: Variable) -> bool:
    return variable.kind in ("categorical", "boolean")


def _one_hot(codes: Floats) -> Floats:
    """(n, levels) 0/1; what is missing is the most frequent level, the first of several."""
    levels, counts = np.unique(codes[~np.isnan(codes)], return_counts=True)
    if not len(levels):
        return np.empty((len(codes), 0))
    full = np.where(np.isnan(codes), levels[np.argmax(counts)], codes)
    member: Floats = (full[:, None] == levels).astype(np.float64)
    return member
