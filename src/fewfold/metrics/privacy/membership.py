"""The strongest of the membership attacks."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.metrics.base import Comparison, Interval
from fewfold.metrics.privacy.attack import MOST_ROWS, bounds
from fewfold.metrics.privacy.exchange import ExchangeMetric, Patients, Statistic
from fewfold.metrics.privacy.membership_density import MembershipDensity
from fewfold.metrics.privacy.membership_nearest import MembershipNearest

ATTACKS = (MembershipNearest(), MembershipDensity())


class Membership(ExchangeMetric):
    """The largest AUROC of the attacks ``membership_nearest`` and ``membership_density``; ``details`` has each. The
    null is that of the largest, over the same exchanges of patients, so that choosing the stronger attack raises no
    alarm; without any leak it lies a little above 0.5.

    Both ends of the interval are the largest of the attacks' ends: the upper one holds for whichever attack is truly
    the strongest. With 25 against 25 patients the interval is about 0.3 wide: no attack that fails there is a proof.
    """

    card = MetricCard(
        name="membership",
        title="Membership inference, the strongest attack (AUROC)",
        family="privacy",
        question="Can it be told who was in training?",
        better="lower",
        bounds=(0.0, 1.0),
        finding="FF304",
        stand_in="fresh",
        equal_size=False,
        most_rows=MOST_ROWS,
        references=("https://proceedings.mlr.press/v206/breugel23a.html", "10.1145/3372297.3417238"),
    )

    def statistic(self, patients: Patients) -> Statistic:
        """The largest AUROC, exchange by exchange."""
        attacks = [attack.statistic(patients) for attack in ATTACKS]

        def largest(members: Bools) -> Floats:
            best: Floats = np.max([attack(members) for attack in attacks], axis=0)
            return best

        return largest

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        patients = Patients.of(comparison)
        seen = [attack.by_patient(patients) for attack in ATTACKS]
        ends = [bounds(scores[patients.members], scores[~patients.members]) for scores in seen]
        return Interval(max(e.low for e in ends), max(e.high for e in ends))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        patients = Patients.of(comparison)
        return {a.card.name: float(a.statistic(patients)(patients.members[None])[0]) for a in ATTACKS}
