"""How many real patients lie among the synthetic rows."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.metrics.diversity.neighbourhoods import NeighbourhoodMetric


class Recall(NeighbourhoodMetric):
    """Share of holdout rows that lie in the neighbourhood of a synthetic row; it reaches to the third nearest synthetic
    row of another patient. Scattered synthetic rows have neighbourhoods that take in much: read it with ``coverage``,
    whose neighbourhoods are those of patients."""

    card = MetricCard(
        name="recall",
        title="Recall",
        family="diversity",
        question="How many patients lie among synthetic rows?",
        better="higher",
        bounds=(0.0, 1.0),
        most_rows=2_000,
        references=("10.48550/arXiv.1904.06991",),
    )
