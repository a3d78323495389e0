"""The patients who are easiest to tell."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.metrics.base import Comparison, Interval, Metric
from fewfold.metrics.distances import nearest, to_kth_other
from fewfold.metrics.privacy.exchange import Patients

MOST_ROWS = 500
DECILE = 0.1
RESAMPLES = 400
FLOOR = 0.001  # of the root of the number of columns: nearer than this is equally near
FALSE_ALARMS = 0.05


class MembershipWorstDecile(Metric):
    """How exposed the most exposed tenth of the training patients is, beyond the most exposed tenth of patients whom
    the method never saw. A patient is exposed where a synthetic row lies much nearer than any other real patient does:
    the log of the ratio of those two distances. The value is the mean over the tenth of the members less the mean over
    the tenth of the others: 0 where nothing leaks, 0.7 where the nearest synthetic row is twice as near as it should
    be, above 3 for copies. An average over all members would hide them.

    The rank of three patients of 30 can prove nothing, how near they are can: the null is that of fresh real patients
    in place of the synthetic rows. Interval: t with the SD of a bootstrap over patients, and as few degrees of freedom
    as patients that are averaged. ``details``: the share of the members that the score tells at a false alarm in 5 % of
    the others (``true_positive_rate``).
    """

    card = MetricCard(
        name="membership_worst_decile",
        title="Membership of the most exposed tenth",
        family="privacy",
        question="Are some training patients given away, whatever the average says?",
        better="lower",
        bounds=(-10.0, 10.0),
        finding="FF308",
        stand_in="fresh",
        equal_size=False,
        most_rows=MOST_ROWS,
        references=("10.1109/SP46214.2022.9833649",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        members, others = exposure(comparison)
        return float(_top(members) - _top(others))

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        from scipy.special import stdtrit

        sides = exposure(comparison)
        members, others = (_top(rng.choice(side, (RESAMPLES, len(side)))) for side in sides)
        freedom = max(2, sum(_tenth(len(side)) for side in sides) - 2)  # as few as the patients that are averaged
        half = float(stdtrit(freedom, 0.975) * (members - others).std())
        low, high = self.card.bounds
        return Interval(max(low, value - half), min(high, value + half))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        members, others = exposure(comparison)
        return {"true_positive_rate": float((members > np.quantile(others, 1 - FALSE_ALARMS)).mean())}


def exposure(comparison: Comparison) -> tuple[Floats, Floats]:
    """(members,) and (others,) log ratio of the distance to the nearest other patient and to the nearest synthetic
    row; of several rows of a patient the largest."""
    patients = Patients.of(comparison)
    real, synthetic = patients.encoded
    floor = FLOOR * np.sqrt(real.shape[1])
    people, made = to_kth_other(real, patients.subjects, 1), nearest(real, synthetic)[0]
    scores = patients.largest(np.log(people + floor) - np.log(made + floor))
    return scores[patients.members], scores[~patients.members]


def _top(scores: Floats) -> Floats:
    """Mean of the largest tenth along the last axis."""
    top: Floats = np.sort(scores, axis=-1)[..., -_tenth(scores.shape[-1]) :].mean(axis=-1)
    return top


def _tenth(n: int) -> int:
    return int(np.ceil(DECILE * n))
