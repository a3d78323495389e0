"""Train on real rows, test on synthetic ones."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.utility.transfer import KIN, TARGETS, transfer


class TrainRealTestSynthetic(Metric):
    """AUROC, or R² for a continuous target, of a penalised linear model trained on the training rows and tested on
    synthetic ones. Above the null, which is tested on fresh patients, synthetic rows are easier than real ones: classes
    are drawn too clean, or the rows are copies."""

    kin = KIN
    card = MetricCard(
        name="trts",
        title="Train on real, test on synthetic (AUROC or R²)",
        family="utility",
        question="Do synthetic rows follow what real patients teach?",
        better="higher",
        bounds=(float("-inf"), 1.0),
        stand_in="holdout",
        targets=TARGETS,
        min_subjects=20,
        most_rows=5_000,
        references=("10.48550/arXiv.1706.02633",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return transfer(comparison.train, comparison.synthetic)
