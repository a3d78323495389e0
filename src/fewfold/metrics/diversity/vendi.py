"""Vendi score of the synthetic rows beside that of real patients."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.metrics.distances import gaussian, squared
from fewfold.metrics.diversity.effective import EffectiveNumber


class Vendi(EffectiveNumber):
    """Vendi score of the synthetic rows divided by that of as many holdout patients. The score is the exponential of
    the Shannon entropy of the eigenvalues of the kernel matrix over n: an effective number of different patients. The
    kernel is Gaussian on the encoded features, its bandwidth the median distance between training rows.

    Below 1: the synthetic rows are less varied than patients. Above 1: more, as noise is. Rare kinds count: ``rke``
    looks at the frequent ones. A patient with several rows counts once, with the first.
    """

    card = MetricCard(
        name="vendi",
        title="Vendi score, synthetic to real",
        family="diversity",
        question="How many different patients are the synthetic rows worth, beside as many real ones?",
        better="nearer",
        best=1.0,
        bounds=(0.0, float("inf")),
        most_rows=150,
        references=("10.48550/arXiv.2210.02410",),
    )

    def _number(self, rows: Floats, width: float) -> float:
        kernel = gaussian(np.maximum(squared(rows, rows), 0.0), width)
        shares = np.linalg.eigvalsh(kernel / len(kernel))
        shares = shares[shares > 0]
        return float(np.exp(-np.sum(shares * np.log(shares))))
