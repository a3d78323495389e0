"""Whether synthetic patients live longer without the event than real ones."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.data.follow_up import Ended
from fewfold.metrics.survival import SurvivalMetric, steps


class Optimism(SurvivalMetric):
    """Kaplan-Meier curve of the synthetic patients less that of the holdout patients, mean over the time that the
    latter were followed. Above 0 the event comes later, or more seldom, than in patients, below 0 earlier, or more
    often; curves that cross may make up for each other, which ``censoring_curve`` sees. A curve stays level after its
    last time. Patients and events are read as in ``follow_up``."""

    card = MetricCard(
        name="optimism",
        title="Optimism of survival",
        family="plausibility",
        question="Does the event come later, or earlier, than in patients?",
        better="nearer",
        best=0.0,
        bounds=(-1.0, 1.0),
        equal_size=False,
        roles=("event_time", "event"),
        references=("https://proceedings.mlr.press/v206/norcliffe23a.html",),
    )

    def _compared(self, real: Ended, made: Ended) -> float:
        last = float(real[0].max())
        of_real, of_made, widths = steps(real, made, last)
        return float((of_made - of_real) @ widths) / last if last > 0 else float("nan")
