"""Which values are missing, and which are missing together."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.metrics.base import Comparison, Metric


class Missingness(Metric):
    """The mean absolute difference between the missing rates of holdout and synthetic rows, averaged with the mean
    absolute difference between the correlations (phi) of the missing indicators where two variables have gaps.

    Variables that are never missing are left out; where none is ever missing the two sides agree, and the value is 0.
    """

    card = MetricCard(
        name="missingness",
        title="Missingness difference",
        family="fidelity",
        question="Are the same values missing, as often and together?",
        better="lower",
        bounds=(0.0, 1.5),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        cohorts = (comparison.train, comparison.holdout, comparison.synthetic)
        gaps = [np.isnan(c.matrix) for c in cohorts]
        ever = np.logical_or.reduce([g.any(axis=0) for g in gaps])
        if not ever.any():
            return 0.0
        real, made = gaps[1][:, ever], gaps[2][:, ever]
        rates = float(np.mean(np.abs(real.mean(axis=0) - made.mean(axis=0))))
        pairs = np.triu_indices(real.shape[1], 1)
        if not len(pairs[0]):
            return rates
        return (rates + float(np.mean(np.abs(_phi(real)[pairs] - _phi(made)[pairs])))) / 2


def _phi(gaps: Bools) -> Floats:
    """Correlations of the indicators; 0 with one that does not vary."""
    centred = gaps - gaps.mean(axis=0)
    norms = np.sqrt(np.sum(centred**2, axis=0))
    scaled = centred / np.where(norms > 0, norms, 1.0)
    phi: Floats = scaled.T @ scaled
    return phi
