"""What a source lends a copula: the sums that correlations within its classes are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewfold.core.types import Floats, Ints
from fewfold.methods.borrowing import worth
from fewfold.methods.generators import correlation
from fewfold.methods.generators.correlation import Moments, Scores


@dataclass(frozen=True)
class Lent:
    """``moments`` of each class, in which the rows of a patient count as one, and ``patients`` (classes,) of each."""

    moments: list[Moments]
    patients: Floats

    @staticmethod
    def of(columns: Floats, classes: Floats, codes: Floats, subjects: Ints) -> Lent:
        """Learned from (n, d) columns of the ``classes`` (n,); of classes without rows nothing is."""
        within = [np.flatnonzero(classes == code) for code in codes]
        patients = np.array([float(len(np.unique(subjects[rows]))) for rows in within])
        sums = [correlation.moments(correlation.scores(columns[rows])) for rows in within]
        return Lent(
            [each * (n / max(len(rows), 1)) for each, n, rows in zip(sums, patients, within, strict=True)], patients
        )

    def counted(self, share: float, patients: float) -> Lent:
        """The same, all of its patients together counted so that they are a ``share`` beside ``patients``."""
        weight = worth(share, patients, self.patients.sum()) / max(self.patients.sum(), 1.0)
        return Lent([each * weight for each in self.moments], self.patients * weight)


def taken(scored: Scores, rows: Ints) -> Scores:
    """Some rows, by position."""
    return Scores(scored.values[rows], scored.known[rows], scored.series)
