"""How deep synthetic rows lie among the real patients."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.distances import encoded, inside, to_kth_other
from fewfold.metrics.diversity.coverage import NEIGHBOURS


class Density(Metric):
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

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        _, holdout, synthetic = encoded(comparison)
        radius = to_kth_other(holdout, comparison.holdout.subjects, NEIGHBOURS)
        return float(inside(holdout, radius, synthetic).sum()) / (NEIGHBOURS * len(synthetic))
