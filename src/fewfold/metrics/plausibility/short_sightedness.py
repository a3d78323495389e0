"""Whether synthetic patients are followed for as long as real ones."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.data.follow_up import Ended
from fewfold.metrics.survival import SurvivalMetric


class ShortSightedness(SurvivalMetric):
    """By what share the longest follow-up of the synthetic patients falls short of that of the holdout patients; below
    0 where it is longer. It rests on the one patient of each side who was followed longest, and its interval with it.
    Patients are read as in ``follow_up``."""

    card = MetricCard(
        name="short_sightedness",
        title="Short-sightedness of follow-up",
        family="plausibility",
        question="By how much does follow-up end before that of patients?",
        better="nearer",
        best=0.0,
        bounds=(float("-inf"), 1.0),
        roles=("event_time", "event"),
        references=("https://proceedings.mlr.press/v206/norcliffe23a.html",),
    )

    def _compared(self, real: Ended, made: Ended) -> float:
        longest = float(real[0].max())
        return 1.0 - float(made[0].max()) / longest if longest > 0 else float("nan")
