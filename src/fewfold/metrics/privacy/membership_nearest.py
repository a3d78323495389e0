"""Membership attack by the distance to the nearest synthetic row."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats
from fewfold.metrics.distances import nearest
from fewfold.metrics.privacy.attack import MOST_ROWS, Attack
from fewfold.metrics.privacy.exchange import Patients


class MembershipNearest(Attack):
    """AUROC of an attack that takes a patient for a member the nearer the closest synthetic row lies (GAN-leaks); 0.5
    is guessing. Numbers are scaled and levels coded by the synthetic rows alone, which is what an attacker has; of
    several rows of a patient the nearest counts.

    The null deals the patients anew to train and holdout; at 25 against 25 it reaches 0.16 to both sides. Interval: the
    wider of DeLong's and Newcombe's. Judged by ``membership``, the maximum over attacks.
    """

    card = MetricCard(
        name="membership_nearest",
        title="Membership by the nearest synthetic row (AUROC)",
        family="privacy",
        question="Does the nearest synthetic row tell who was in training?",
        better="lower",
        bounds=(0.0, 1.0),
        stand_in="fresh",
        equal_size=False,
        most_rows=MOST_ROWS,
        references=("10.1145/3372297.3417238", "10.2307/2531595", "10.1002/sim.2324"),
    )

    def scores(self, patients: Patients) -> Floats:
        """Minus the distance to the nearest synthetic row."""
        real, synthetic = patients.encoded
        return -nearest(real, synthetic)[0]
