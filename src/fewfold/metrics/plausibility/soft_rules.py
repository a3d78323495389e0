"""Rates of a disease that synthetic records should keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.data.cohort import Cohort
from fewfold.data.rules import Judgement, judge
from fewfold.data.schema import Rule
from fewfold.metrics.base import Comparison, Interval, Metric, share_interval

LEAST = 20  # patients judged: with fewer the rate of a rule that speaks of few would drown the others


class SoftRules(Metric):
    """How far the share of synthetic records that meet a soft rule lies outside the reference interval of the rule, at
    the rule where it lies furthest out; the reference of a rule without one is the share in the holdout. The null is
    how far real rows lie outside: with few patients, and where the cohort is not that of the source, they do too.

    A rule that judges fewer than 20 patients is left out; one that looks at several visits judges visits. ``details``
    has the share in synthetic and in real rows for each rule. Interval: that of Clopper and Pearson for the share, with
    as many trials as patients were judged.
    """

    card = MetricCard(
        name="soft_rules",
        title="Rates outside their reference",
        family="plausibility",
        question="Do rates, such as that of patients who improve, lie where they should?",
        better="lower",
        bounds=(0.0, 1.0),
        finding="FF403",
        equal_size=False,
        most_rows=50_000,
        references=("10.1093/biomet/26.4.404",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return max(reading.outside(reading.share) for reading in _readings(comparison))

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        worst = max(_readings(comparison), key=lambda reading: reading.outside(reading.share))
        share = share_interval(worst.share * worst.n, worst.n)
        ends = worst.outside(share.low), worst.outside(share.high)
        inside = share.low <= worst.reference[1] and share.high >= worst.reference[0]
        return Interval(0.0 if inside else min(ends), max(ends))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        told: dict[str, float] = {}
        for rule in _soft(comparison.train):
            real = [judge(rule, cohort) for cohort in (comparison.train, comparison.holdout)]
            judged = sum(int(j.judged.sum()) for j in real)
            told[f"{rule.name}: synthetic"] = judge(rule, comparison.synthetic).rate
            told[f"{rule.name}: real"] = sum(int(j.met.sum()) for j in real) / judged if judged else float("nan")
        return {name: share for name, share in told.items() if np.isfinite(share)}


@dataclass(frozen=True)
class _Reading:
    """The ``share`` of synthetic records that meet a rule, the ``n`` patients judged, and where it should lie."""

    share: float
    n: int
    reference: tuple[float, float]

    def outside(self, share: float) -> float:
        """How far a share lies outside the reference."""
        return max(self.reference[0] - share, share - self.reference[1], 0.0)


def _readings(comparison: Comparison) -> list[_Reading]:
    """One for each soft rule that judges enough synthetic patients and, where these are its reference, real ones."""
    read = []
    for rule in _soft(comparison.train):
        made = judge(rule, comparison.synthetic)
        n, reference = _patients(comparison.synthetic, made), rule.rate
        if reference is None:
            real = judge(rule, comparison.holdout)
            reference, n = (real.rate, real.rate), min(n, _patients(comparison.holdout, real))
        if n >= LEAST:
            read.append(_Reading(made.rate, _patients(comparison.synthetic, made), reference))
    if not read:
        raise NotApplicable(
            f"no soft rule judges {LEAST} patients: it speaks of few, what it names is missing, or it asks for the "
            "visits of a patient and synthetic rows have no patients with visits"
        )
    return read


def _soft(cohort: Cohort) -> list[Rule]:
    rules = [rule for rule in cohort.schema.rules if rule.severity == "soft"]
    if not rules:
        raise NotApplicable("the schema has no soft rule")
    return rules


def _patients(cohort: Cohort, made: Judgement) -> int:
    return len(np.unique(cohort.subjects[made.judged]))
