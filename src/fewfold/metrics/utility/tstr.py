"""Train on synthetic rows, test on real ones."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.utility.transfer import KIN, TARGETS, transfer


class TrainSyntheticTestReal(Metric):
    """AUROC, or R² for a continuous target, of a penalised linear model trained on synthetic rows and tested on the
    holdout, which the method never saw. The null is the same model trained on as many real rows."""

    kin = KIN
    card = MetricCard(
        name="tstr",
        title="Train on synthetic, test on real (AUROC or R²)",
        family="utility",
        question="Does a model that saw synthetic rows only work on real patients?",
        better="higher",
        bounds=(float("-inf"), 1.0),
        targets=TARGETS,
        min_subjects=20,
        most_rows=5_000,
        references=("10.48550/arXiv.1706.02633",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return transfer(comparison.synthetic, comparison.holdout)
