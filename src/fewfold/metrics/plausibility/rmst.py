"""Time without the event up to a horizon, beside that of real patients."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.data.follow_up import Ended
from fewfold.metrics.survival import SurvivalMetric, last_common, steps


class Rmst(SurvivalMetric):
    """Restricted mean survival time of the synthetic patients less that of the holdout patients, in the unit of the
    time: the area under the Kaplan-Meier curve up to the time at which a tenth of either group is left. Above 0 the
    synthetic patients do better. Patients and events are read as in ``follow_up``.
    ``details``: both times, and the horizon.
    """

    card = MetricCard(
        name="rmst",
        title="Restricted mean survival time, synthetic less real",
        family="plausibility",
        question="How much longer, or shorter, do patients live without the event up to a horizon?",
        better="nearer",
        best=0.0,
        bounds=(float("-inf"), float("inf")),
        equal_size=False,
        roles=("event_time", "event"),
        references=("10.1186/1471-2288-13-152",),
    )

    def _compared(self, real: Ended, made: Ended) -> float:
        told = self._told(real, made)
        return told["synthetic"] - told["real"]

    def _told(self, real: Ended, made: Ended) -> dict[str, float]:
        horizon = last_common(real, made)
        of_real, of_made, widths = steps(real, made, horizon)
        return {"real": float(of_real @ widths), "synthetic": float(of_made @ widths), "horizon": horizon}
