"""Synthetic records that are possible but unusual."""

from __future__ import annotations

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools
from fewfold.data.cohort import Cohort
from fewfold.data.rules import violations
from fewfold.metrics.base import Comparison, Interval, Metric, share_interval


class SoftRules(Metric):
    """Share of synthetic rows that break at least one soft rule of the schema. Patients break such rules too: what
    counts is whether the share lies inside the null, the same share of real rows. Interval: Clopper-Pearson over rows.
    """

    card = MetricCard(
        name="soft_rules",
        title="Soft rules broken",
        family="plausibility",
        question="How many synthetic records are unusual?",
        better="lower",
        bounds=(0.0, 1.0),
        equal_size=False,
        references=("10.1093/biomet/26.4.404",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return float(_unusual(comparison.synthetic).mean())

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        hits = _unusual(comparison.synthetic)
        return share_interval(int(hits.sum()), len(hits))


def _unusual(cohort: Cohort) -> Bools:
    """(n,) whether each row breaks a soft rule."""
    broken = violations(cohort, severity="soft")
    if broken.shape[1] == 0:
        raise NotApplicable("the schema has no soft rule")
    hits: Bools = broken.to_numpy().any(axis=1)
    return hits
