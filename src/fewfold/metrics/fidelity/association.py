"""How much the associations of variables differ from those in patients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.metrics.associations import of_pairs
from fewfold.metrics.base import Parts, Rows, RowsMetric


class Association(RowsMetric):
    """Mean absolute difference between the associations of holdout and synthetic rows, over all pairs of features and
    target (:func:`~fewfold.metrics.associations.of_pairs` says which pairs count)."""

    card = MetricCard(
        name="association",
        title="Association difference",
        family="fidelity",
        question="Do the variables hang together as they do in patients?",
        better="lower",
        bounds=(0.0, 2.0),
        most_rows=50_000,
        finding="FF502",
        references=("10.1016/j.jkss.2012.10.002", "10.1073/pnas.21.9.554"),
    )

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        return of_pairs(parts, _difference)


def _difference(real: Floats, made: Floats) -> float:
    return float(np.mean(np.abs(real - made)))
