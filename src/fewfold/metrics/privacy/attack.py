"""What all membership attacks share: one score a patient, and the AUROC of members against others."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.metrics.base import Comparison, Interval
from fewfold.metrics.fidelity.c2st import auroc_interval
from fewfold.metrics.privacy.exchange import ExchangeMetric, Patients, Statistic

MOST_ROWS = 1_000  # a side: random patients are drawn beyond


class Attack(ExchangeMetric):
    """An attack on membership. A subclass writes ``scores``."""

    @abstractmethod
    def scores(self, patients: Patients) -> Floats:
        """(rows,) how sure the attack is that a row was in training, made without knowing which were."""

    def by_patient(self, patients: Patients) -> Floats:
        """(patients,) the largest score of each patient's rows; float noise is rounded away, so that ties are ties."""
        return np.round(patients.largest(self.scores(patients)), 10)

    def statistic(self, patients: Patients) -> Statistic:
        """The AUROC, from ranks."""
        from scipy.stats import rankdata

        ranks = rankdata(self.by_patient(patients))

        def auroc(members: Bools) -> Floats:
            ours = members.sum(axis=1)
            wins = members @ ranks - ours * (ours + 1) / 2
            share: Floats = wins / (ours * (members.shape[1] - ours))
            return share

        return auroc

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        patients = Patients.of(comparison)
        scores = self.by_patient(patients)
        return bounds(scores[patients.members], scores[~patients.members])


def bounds(members: Floats, others: Floats) -> Interval:
    """95 % interval of the AUROC of two sets of scores: the wider of DeLong's (10.2307/2531595) on the logit scale and
    Newcombe's (10.1002/sim.2324), which does not shrink to a point where the attack is always right."""
    value, variance = delong(members, others)
    wide = auroc_interval(value, len(others), len(members))
    if not 0 < value < 1:
        return wide
    centre = np.log(value / (1 - value))
    half = 1.959964 * np.sqrt(variance) / (value * (1 - value))
    low, high = 1 / (1 + np.exp(-(centre + np.array([-half, half]))))
    return Interval(min(wide.low, float(low)), max(wide.high, float(high)))


def delong(members: Floats, others: Floats) -> tuple[float, float]:
    """The AUROC of two sets of at least two scores, and the variance of DeLong 1988 (10.2307/2531595) by ranks."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([members, others]))
    m, n = len(members), len(others)
    beaten = (ranks[:m] - rankdata(members)) / n  # share of the others below each member
    above = 1 - (ranks[m:] - rankdata(others)) / m
    return float(beaten.mean()), float(beaten.var(ddof=1) / m + above.var(ddof=1) / n)
