"""Rényi kernel entropy of the synthetic rows beside that of real patients."""

from __future__ import annotations

from functools import partial

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.metrics.distances import gaussian, pair_sums
from fewfold.metrics.diversity.effective import EffectiveNumber


class Rke(EffectiveNumber):
    """RKE score of the synthetic rows divided by that of as many holdout patients. The score is the exponential of the
    Rényi entropy of order 2 of the kernel matrix over n, the inverse of the mean squared kernel over all pairs: about
    the number of modes. The kernel is Gaussian on the encoded features, its bandwidth the median distance between
    training rows.

    Below 1: the synthetic rows have fewer modes than patients. Above 1: more, as noise has. Frequent kinds count most:
    ``vendi`` looks at the rare ones too. A patient with several rows counts once, with the first.
    """

    card = MetricCard(
        name="rke",
        title="Rényi kernel entropy score, synthetic to real",
        family="diversity",
        question="How many modes do the synthetic rows have, beside as many real patients?",
        better="nearer",
        best=1.0,
        bounds=(0.0, float("inf")),
        most_rows=1_000,
        references=("https://openreview.net/forum?id=PdZhf6PiAb",),
    )

    def _number(self, rows: Floats, width: float) -> float:
        n = len(rows)
        squared_kernel = partial(gaussian, width=width / 2**0.5)
        others = pair_sums(rows, np.arange(n), np.ones((n, 1)), squared_kernel)
        return n**2 / float(n + others[0, 0])  # each row is wholly like itself
