"""How deep synthetic rows lie among the real patients."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.metrics.diversity.neighbourhoods import NeighbourhoodMetric


class Density(NeighbourhoodMetric):
    """Mean number of holdout neighbourhoods that a synthetic row lies in, divided by three; a neighbourhood reaches to
    the third nearest holdout row of another patient. About 1 for two samples of one distribution; below where rows lie
    outside the patients. Rows that crowd among them are not seen by it: read it with ``coverage``."""

    card = MetricCard(
        name="density",
        title="Density",
        family="diversity",
        question="Do synthetic rows lie where patients are?",
        better="higher",
        bounds=(0.0, float("inf")),
        most_rows=2_000,
        references=("10.48550/arXiv.2002.09797",),
    )
