"""The contract of a metric: a number with an interval, and what it says of real against real."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, final

import numpy as np
from threadpoolctl import threadpool_limits

from fewfold.core.cards import MetricCard
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.core.registry import Registry
from fewfold.core.seeds import Rng, as_rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import HOLDOUT, TRAIN

JACKKNIFE_GROUPS = 20
NULL_SPLITS = 50
SUBSAMPLES = 5


@dataclass(frozen=True)
class Interval:
    """Two ends."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, the number of subjects behind it, and the 95 % range of the same metric when
    real rows stand in for the synthetic ones (``null``; None where most re-splits of the patients give no number).
    ``p`` is a permutation p-value and ``details`` are further numbers, where the metric has them."""

    value: float
    low: float
    high: float
    n: int
    null: Interval | None = None
    p: float | None = None
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Who is who. ``train``: real rows that the method saw; ``holdout``: real rows that it did not;
    ``synthetic``: its rows; ``expanded``: what a learner would be trained on, where that is not train + synthetic."""

    train: Cohort
    holdout: Cohort
    synthetic: Cohort
    expanded: Cohort | None = None

    def __post_init__(self) -> None:
        for name in ("holdout", "synthetic"):
            expected, found = self.train.schema.variables, getattr(self, name).schema.variables
            if found is not expected and found != expected:
                different = {v.name for v in found} ^ {v.name for v in expected}
                different = different or {a.name for a, b in zip(expected, found, strict=True) if a != b}
                raise BadInput(
                    expected=f"the same variables in {name} as in train",
                    found=f"differences in {', '.join(sorted(different))}",
                    fix="Read the files with one schema.",
                )
        if (self.train.provenance.part == HOLDOUT).any() or (self.holdout.provenance.part == TRAIN).any():
            raise Leakage(
                expected="training rows in train and holdout rows in holdout",
                found="rows of the other part among them",
                fix="Check which file or split was passed as which.",
            )
        if self.train.provenance.is_synthetic.any() or self.holdout.provenance.is_synthetic.any():
            raise Leakage(
                expected="real rows in train and in holdout",
                found="synthetic rows among them",
                fix="Pass synthetic rows as synthetic; only real patients are tested on.",
            )
        shared = _identities(self.train) & _identities(self.holdout)
        if shared:
            some = ", ".join(map(str, sorted(shared, key=str)[:5]))
            raise Leakage(
                expected="no patient in both train and holdout",
                found=f"{len(shared)} in both, such as {some}",
                fix="Split by subject.",
            )


def _identities(cohort: Cohort) -> set[object]:
    subject = cohort.schema.role("subject")
    return set(cohort.table.index if subject is None else cohort.table[subject.name].dropna())


class Metric(ABC):
    """Base of all metrics. A subclass sets ``card`` and writes ``_value``; it may replace ``_interval``, ``_null``
    and ``_p`` where it knows better than the general ones."""

    card: ClassVar[MetricCard]

    @final
    def value(self, comparison: Comparison, *, rng: int | Rng) -> float:
        """The bare number. Raises ``NotApplicable`` with the reason."""
        self._check(comparison)
        generator = as_rng(rng)
        return self._finite(self._value(self._sized(comparison, generator), generator))

    @final
    def measure(self, comparison: Comparison, *, rng: int | Rng) -> Estimate:
        """The number with its interval and its null. Raises ``NotApplicable`` with the reason."""
        with threadpool_limits(1):  # sums in one order, and no threads that wait for each other over small matrices
            return self._measure(comparison, as_rng(rng))

    def _measure(self, comparison: Comparison, generator: Rng) -> Estimate:
        self._check(comparison)
        draws = [self._sized(comparison, generator) for _ in range(self._subsamples(comparison))]
        value = self._finite(float(np.mean([self._value(draw, generator) for draw in draws])))
        interval = self._interval(draws[0], value, generator)
        null = self._null(comparison, generator)
        p, details = self._p(draws[0], generator), self._details(comparison)
        return Estimate(value, interval.low, interval.high, _least(comparison), null, p, details)

    @abstractmethod
    def _value(self, comparison: Comparison, rng: Rng) -> float:
        """The statistic."""

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        """95 % interval by the delete-a-group jackknife over patients (Kott 2001): each of 20 groups of patients
        leaves once; t with 19 degrees of freedom."""
        from scipy.special import stdtrit

        cohorts = (comparison.train, comparison.holdout, comparison.synthetic)
        groups = min(JACKKNIFE_GROUPS, *(c.n_subjects for c in cohorts))
        if groups < 5:
            raise NotApplicable(f"{self.card.name} needs at least 5 patients or rows on each side")
        assigned = [_subject_groups(cohort, groups, rng) for cohort in cohorts]
        replicates = []
        for g in range(groups):
            kept = [c.take(np.flatnonzero(a != g)) for c, a in zip(cohorts, assigned, strict=True)]
            without = replace(comparison, train=kept[0], holdout=kept[1], synthetic=kept[2])
            replicates.append(self._finite(self._value(without, rng)))
        spread = float(np.sqrt((groups - 1) / groups * np.sum((np.array(replicates) - np.mean(replicates)) ** 2)))
        half = float(stdtrit(groups - 1, 0.975)) * spread
        low, high = self.card.bounds
        return Interval(max(low, value - half), min(high, value + half))

    def _null(self, comparison: Comparison, rng: Rng) -> Interval | None:
        """95 % range over random re-splits of the real patients, real rows standing in for the synthetic."""
        values = self.null_values(comparison, NULL_SPLITS, rng=rng)
        known = values[np.isfinite(values)]
        if len(known) < NULL_SPLITS / 2:
            return None
        return Interval(*(float(q) for q in np.quantile(known, [0.025, 0.975])))

    @final
    def null_values(self, comparison: Comparison, splits: int, *, rng: Rng) -> Floats:
        """(splits,) the metric on random re-splits of the real patients, sizes as in ``comparison``; NaN where a split
        gives no number."""
        real = Cohort.concat([_unmarked(comparison.train), _unmarked(comparison.holdout)])
        share = comparison.train.n_subjects
        size = self._size(comparison)
        values = []
        for _ in range(splits):
            order = rng.permutation(np.unique(real.subjects))
            in_train = np.isin(real.subjects, order[:share])
            train, holdout = real.take(np.flatnonzero(in_train)), real.take(np.flatnonzero(~in_train))
            stand_in = train if self.card.stand_in == "train" else holdout
            chosen = rng.permutation(len(stand_in))[:size]
            try:
                values.append(self._value(Comparison(train, holdout, stand_in.take(np.sort(chosen))), rng))
            except NotApplicable:
                values.append(float("nan"))
        return np.array(values)

    def _p(self, comparison: Comparison, rng: Rng) -> float | None:
        return None

    def _details(self, comparison: Comparison) -> dict[str, float]:
        return {}

    def _check(self, comparison: Comparison) -> None:
        card = self.card
        task = comparison.train.task
        if task not in card.targets:
            raise NotApplicable(f"{card.name} is for {' and '.join(card.targets)} targets, not {task}")
        n = _least(comparison)
        if n < card.min_subjects:
            raise NotApplicable(
                f"{card.name} needs {card.min_subjects} patients or rows on each side; the least is {n}"
            )

    def _size(self, comparison: Comparison) -> int:
        stand_in = comparison.train if self.card.stand_in == "train" else comparison.holdout
        return min(len(stand_in), len(comparison.synthetic))

    def _subsamples(self, comparison: Comparison) -> int:
        cut = self.card.equal_size and self._size(comparison) < len(comparison.synthetic)
        return SUBSAMPLES if cut else 1

    def _sized(self, comparison: Comparison, rng: Rng) -> Comparison:
        size = self._size(comparison)
        if not self.card.equal_size or size == len(comparison.synthetic):
            return comparison
        rows = np.sort(rng.permutation(len(comparison.synthetic))[:size])
        return replace(comparison, synthetic=comparison.synthetic.take(rows))

    def _finite(self, value: float) -> float:
        if not np.isfinite(value):
            raise NotApplicable(f"{self.card.name} has no finite value here")
        return value


def average(values: Sequence[float] | Floats) -> float:
    """The mean of the values that are known; NaN where none is."""
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def share_interval(hits: int, n: int) -> Interval:
    """95 % Clopper-Pearson interval of a share (10.1093/biomet/26.4.404)."""
    from scipy.special import betaincinv

    low = betaincinv(hits, n - hits + 1, 0.025) if hits else 0.0
    high = betaincinv(hits + 1, n - hits, 0.975) if hits < n else 1.0
    return Interval(float(low), float(high))


def _least(comparison: Comparison) -> int:
    return min(comparison.train.n_subjects, comparison.holdout.n_subjects, len(comparison.synthetic))


def _subject_groups(cohort: Cohort, groups: int, rng: Rng) -> Ints:
    """(n,) a random group for each row, the same for all rows of a patient; sizes differ by one patient at most."""
    _, codes = np.unique(cohort.subjects, return_inverse=True)
    dealt = rng.permutation(np.arange(codes.max() + 1) % groups)
    chosen: Ints = dealt[codes]
    return chosen


def _unmarked(cohort: Cohort) -> Cohort:
    return cohort.as_part("whole")


METRICS: Registry[Metric] = Registry("fewfold.metrics", Metric, "metric")


def metric(name: str) -> Metric:
    """The metric called ``name``."""
    return METRICS.get(name)()
