"""Synthetic records that no patient can have."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools
from fewfold.data.cohort import Cohort
from fewfold.data.rules import violations
from fewfold.metrics.base import Comparison, Interval, Metric, share_interval


class RuleViolations(Metric):
    """Share of synthetic rows that break at least one hard rule of the schema, or the kind, limits or levels of a
    variable. The null and ``details["real"]`` are the same share of real rows: a rule that patients break is a
    bad rule. Interval: Clopper-Pearson over rows, so that 0 of 50 still allows 7 %.
    """

    card = MetricCard(
        name="rule_violations",
        title="Rule violations",
        family="plausibility",
        question="How many synthetic records are impossible?",
        better="lower",
        bounds=(0.0, 1.0),
        equal_size=False,
        references=("10.1093/biomet/26.4.404",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return float(_impossible(comparison.synthetic).mean())

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        hits = _impossible(comparison.synthetic)
        return share_interval(int(hits.sum()), len(hits))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        real = [_impossible(comparison.train), _impossible(comparison.holdout)]
        return {"real": float(sum(r.sum() for r in real) / sum(len(r) for r in real))}


def _impossible(cohort: Cohort) -> Bools:
    """(n,) whether each row breaks a rule."""
    broken = violations(cohort)
    if broken.shape[1] == 0:
        raise NotApplicable("the schema has no rule, limit, level or whole number to check")
    hits: Bools = broken.to_numpy().any(axis=1)
    return hits
