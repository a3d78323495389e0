"""How far the curves of event and of censoring lie from those of patients, on average over time."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.data.follow_up import Ended
from fewfold.metrics.survival import SurvivalMetric, censoring, last_common, steps


class CensoringCurve(SurvivalMetric):
    """Mean distance over time between the Kaplan-Meier curves of synthetic and holdout patients, of the event and of
    censoring, and the mean of both; where ``follow_up`` has the largest distance. The curve of censoring is that in
    which the event ends follow-up. Time counts up to that at which a tenth of either group is left; patients and events
    are read as in ``follow_up``.
    ``details``: each of the two distances.
    """

    card = MetricCard(
        name="censoring_curve",
        title="Curves of event and of censoring (mean distance)",
        family="plausibility",
        question="Are events and the end of follow-up as frequent as in patients, all the time?",
        better="lower",
        bounds=(0.0, 1.0),
        roles=("event_time", "event"),
        references=("10.1080/01621459.1958.10501452", "https://proceedings.mlr.press/v206/norcliffe23a.html"),
    )

    def _compared(self, real: Ended, made: Ended) -> float:
        return float(np.mean(list(self._told(real, made).values())))

    def _told(self, real: Ended, made: Ended) -> dict[str, float]:
        last = last_common(real, made)
        return {
            "event": _apart(real, made, last),
            "censoring": _apart(censoring(real), censoring(made), last),
        }


def _apart(real: Ended, made: Ended, last: float) -> float:
    of_real, of_made, widths = steps(real, made, last)
    return float(np.abs(of_made - of_real) @ widths) / last if last > 0 else float("nan")
