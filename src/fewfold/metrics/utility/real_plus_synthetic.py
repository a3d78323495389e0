"""What synthetic rows add to the real ones."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.data.cohort import Cohort
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.utility.transfer import KIN, TARGETS, transfer


class RealPlusSynthetic(Metric):
    """Change of AUROC, or R² for a continuous target, on the holdout when a penalised linear model is trained on the
    expanded cohort (training and synthetic rows) instead of the training rows alone. The null adds the
    training rows once more."""

    kin = KIN
    card = MetricCard(
        name="real_plus_synthetic",
        title="Real + synthetic against real (change of AUROC or R²)",
        family="utility",
        question="Does a model do better on fresh patients when it has also seen synthetic rows?",
        better="higher",
        bounds=(float("-inf"), float("inf")),
        equal_size=False,
        targets=TARGETS,
        min_subjects=20,
        most_rows=5_000,
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        train, holdout = comparison.train, comparison.holdout
        expanded = comparison.expanded or Cohort.concat([train, comparison.synthetic])
        return transfer(expanded, holdout) - transfer(train, holdout)
