"""How deep synthetic rows lie among the real patients."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.distances import blocks, encoded, to_kth_other
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
        references=("10.48550/arXiv.2002.09797",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        _, holdout, synthetic = encoded(comparison)
        radius = to_kth_other(holdout, comparison.holdout.subjects, NEIGHBOURS)
        inside = sum(int(np.sum(block <= radius[rows, None])) for rows, block in blocks(holdout, synthetic))
        return inside / (NEIGHBOURS * len(synthetic))
