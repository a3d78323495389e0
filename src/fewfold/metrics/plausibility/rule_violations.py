"""Synthetic records that no patient can have."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.rules import violations
from fewfold.metrics.base import Comparison, Interval, Metric, share_interval


class RuleViolations(Metric):
    """Share of synthetic rows that break at least one hard rule of the schema, or the kind, limits or levels of a
    variable, as the rows are given: for the share before rules mended them see ``violations_before_repair``. The null
    and ``details["real"]`` are the same share of real rows: a rule that patients break is a bad rule;
    ``details["rule: NAME"]`` is the share of synthetic rows that break that rule. Interval: Clopper-Pearson over rows,
    so that 0 of 50 still allows 7 % (5.8 % with 95 % confidence on one side).
    """

    card = MetricCard(
        name="rule_violations",
        title="Rule violations",
        family="plausibility",
        question="How many synthetic records are impossible?",
        better="lower",
        bounds=(0.0, 1.0),
        finding="FF401",
        equal_size=False,
        most_rows=50_000,
        references=("10.1093/biomet/26.4.404",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return broken_share(comparison.synthetic)

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        n = len(comparison.synthetic)
        return share_interval(round(value * n), n)

    def _details(self, comparison: Comparison) -> dict[str, float]:
        broken = _broken(comparison.synthetic).mean()
        real = [_broken(cohort).any(axis=1) for cohort in (comparison.train, comparison.holdout)]
        told = {f"rule: {name}": float(share) for name, share in broken[broken > 0].items()}
        return {"real": float(sum(r.sum() for r in real) / sum(len(r) for r in real)), **told}


def broken_share(cohort: Cohort) -> float:
    """Share of rows that break at least one rule. Raises ``NotApplicable`` where there is no rule."""
    return float(_broken(cohort).any(axis=1).mean())


def _broken(cohort: Cohort) -> Frame:
    """The table of violations."""
    broken = violations(cohort)
    if broken.shape[1] == 0:
        raise NotApplicable("the schema has no rule, limit, level or whole number to check")
    return broken
