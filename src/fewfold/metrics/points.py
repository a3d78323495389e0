"""Metrics of encoded rows, which encode any rows of three cohorts without cutting the tables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, final

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats, Ints
from fewfold.data.encoding import Encoder
from fewfold.metrics.base import Comparison, Parts, Rows, RowsMetric


@dataclass(frozen=True, eq=False)
class Points:
    """Design matrices (n, p) by an encoder that saw the training rows alone, and the patient of each holdout row
    (``real``) and of each synthetic row (``made``)."""

    train: Floats
    holdout: Floats
    synthetic: Floats
    real: Ints
    made: Ints

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        """All rows of a comparison. Raises ``NotApplicable`` where no feature varies in the training rows."""
        parts = (comparison.train, comparison.holdout, comparison.synthetic)
        train, holdout, synthetic = (np.arange(len(c)) for c in parts)
        return cls.of_rows(parts, (train, holdout, synthetic))

    @classmethod
    def of_rows(cls, parts: Parts, rows: Rows) -> Self:
        """Some rows of three cohorts."""
        train, holdout, synthetic = (part.matrix[chosen] for part, chosen in zip(parts, rows, strict=True))
        encoder = Encoder.fit(train, parts[0].schema.features)
        if not encoder.names:
            raise NotApplicable("no feature varies in the training rows")
        train, holdout, synthetic = (encoder.transform(x) for x in (train, holdout, synthetic))
        return cls(train, holdout, synthetic, parts[1].subjects[rows[1]], parts[2].subjects[rows[2]])


class PointsMetric(RowsMetric):
    """A metric of encoded rows."""

    @final
    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        return lambda rows: self._of_points(Points.of_rows(parts, rows))

    @abstractmethod
    def _of_points(self, points: Points) -> float: ...
