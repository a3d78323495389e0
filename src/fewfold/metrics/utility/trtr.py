"""Train on real rows, test on real rows: what the others are read against."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.utility.transfer import KIN, TARGETS, transfer


class TrainRealTestReal(Metric):
    """AUROC, or R² for a continuous target, of a penalised linear model trained on the training rows and tested on the
    holdout. Says nothing of the synthetic rows; it is the mark that they are measured by."""

    kin = KIN
    card = MetricCard(
        name="trtr",
        title="Train on real, test on real (AUROC or R²)",
        family="utility",
        question="How well does a model from real patients do on fresh patients?",
        better="higher",
        bounds=(float("-inf"), 1.0),
        targets=TARGETS,
        min_subjects=20,
        most_rows=5_000,
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return transfer(comparison.train, comparison.holdout)
