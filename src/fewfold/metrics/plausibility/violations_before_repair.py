"""Impossible records that a method drew before rules mended them."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.metrics.base import Comparison, Interval, Metric, share_interval
from fewfold.metrics.plausibility.rule_violations import broken_share


class ViolationsBeforeRepair(Metric):
    """Share of the rows first drawn that broke at least one hard rule, where rules steered the draws (rejection, or
    inside the draws of a method): what ``rule_violations`` would have said without that. ``details["rule: NAME"]`` is
    the share that broke that rule, ``details["drawn for each row"]`` how many rows were drawn for each one given. The
    null is the share of real rows that break one. Interval: Clopper-Pearson over the rows first drawn. Raises
    ``NotApplicable`` for rows that no rule steered, or that come from a file, which does not say.
    """

    card = MetricCard(
        name="violations_before_repair",
        title="Rule violations before repair",
        family="plausibility",
        question="How many records would have been impossible, had rules not mended them?",
        better="lower",
        bounds=(0.0, 1.0),
        finding="FF407",
        equal_size=False,
        references=("10.1093/biomet/26.4.404",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        rows = comparison.synthetic
        if not rows.provenance.is_synthetic.any():  # real rows in their place: nothing was mended
            return broken_share(rows)
        repair = rows.provenance.repair
        if repair is None:
            raise NotApplicable("no rule steered these rows: rule_violations tells all")
        broken_share(comparison.train)  # not applicable without rules
        return repair.rate

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        repair = comparison.synthetic.provenance.repair
        n = repair.rows if repair else len(comparison.synthetic)
        return share_interval(round(value * n), n)

    def _details(self, comparison: Comparison) -> dict[str, float]:
        repair = comparison.synthetic.provenance.repair
        if repair is None:
            return {}
        shares = {f"rule: {name}": count / repair.rows for name, count in repair.by_rule.items()}
        return {"drawn for each row": repair.drawn / repair.rows, **shares}
