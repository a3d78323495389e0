"""How many real patients have a synthetic neighbour."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.metrics.diversity.neighbourhoods import NeighbourhoodMetric


class Coverage(NeighbourhoodMetric):
    """Share of holdout rows with a synthetic row at least as near as their third nearest holdout row of another
    patient. Two samples of one distribution and of equal size reach about 0.88."""

    card = MetricCard(
        name="coverage",
        title="Coverage",
        family="diversity",
        question="Are all kinds of patients represented?",
        better="higher",
        bounds=(0.0, 1.0),
        most_rows=2_000,
        finding="FF504",
        references=("10.48550/arXiv.2002.09797",),
    )
