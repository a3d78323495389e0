"""How many synthetic rows lie among the real patients."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.metrics.diversity.neighbourhoods import NeighbourhoodMetric


class Precision(NeighbourhoodMetric):
    """Share of synthetic rows that lie in the neighbourhood of a holdout row; it reaches to the third nearest holdout
    row of another patient. One outlier among the patients has a neighbourhood that takes in much: read it with
    ``density``, which counts the neighbourhoods."""

    card = MetricCard(
        name="precision",
        title="Precision",
        family="diversity",
        question="How many synthetic rows lie among patients?",
        better="higher",
        bounds=(0.0, 1.0),
        most_rows=2_000,
        references=("10.48550/arXiv.1904.06991",),
    )
