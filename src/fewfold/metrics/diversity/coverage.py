"""How many real patients have a synthetic neighbour."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.distances import encoded, nearest, to_kth_other

NEIGHBOURS = 3


class Coverage(Metric):
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

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        _, holdout, synthetic = encoded(comparison)
        radius = to_kth_other(holdout, comparison.holdout.subjects, NEIGHBOURS)
        edge = radius * (1 + 1e-9)  # what is as near is in, whatever the rounding
        return float((nearest(holdout, synthetic)[0] <= edge).mean())
