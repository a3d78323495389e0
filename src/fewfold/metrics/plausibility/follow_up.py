"""Whether events and censoring come when they come in patients."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.data.follow_up import Ended
from fewfold.metrics.survival import SurvivalMetric, censoring, distance, last_common


class FollowUp(SurvivalMetric):
    """Largest distance between the Kaplan-Meier curves (10.1080/01621459.1958.10501452) of synthetic and holdout
    patients, of the event or of censoring, whichever is larger.

    The curve of censoring is that in which the event ends follow-up. Curves are compared up to the time at which a
    tenth of either group is left. A patient with several rows counts once, at the longest time. The event is the
    ``positive`` level of the event column; without one it is anything but 0 or false, or the level that says so by its
    name. Competing events count as the event unless one is named.
    """

    card = MetricCard(
        name="follow_up",
        title="Follow-up",
        family="plausibility",
        question="Do events and the end of follow-up come when they come in patients?",
        better="lower",
        bounds=(0.0, 1.0),
        finding="FF406",
        equal_size=False,
        roles=("event_time", "event"),
        references=("10.1080/01621459.1958.10501452",),
    )

    def _compared(self, real: Ended, made: Ended) -> float:
        last = last_common(real, made)
        return max(distance(real, made, last), distance(censoring(real), censoring(made), last))
