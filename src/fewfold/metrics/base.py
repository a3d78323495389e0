"""The contract of a metric: a number with an interval, and what it says of real against real."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, final

import numpy as np
from threadpoolctl import threadpool_limits

from fewfold.core.cards import MetricCard
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.core.registry import Registry
from fewfold.core.seeds import Rng, as_rng
from fewfold.core.types import Floats, Frame, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import HOLDOUT, TRAIN

JACKKNIFE_GROUPS = 20
NULL_SPLITS = 199  # re-splits behind a null, unless the caller says
FEWEST_SPLITS = 29  # of large tables, whose re-splits are much alike
PATIENTS_OF_SPLITS = 120_000  # over all re-splits of a null, above the fewest
SUBSAMPLES = 5

Parts = tuple[Cohort, Cohort, Cohort]  # train, holdout, synthetic
Rows = tuple[Ints, Ints, Ints]  # positions in each of them


@dataclass(frozen=True)
class Interval:
    """Two ends. ``draws`` are the values that the range was taken from, where it is a null; NaN where a re-split gives
    no number. Metrics that are measured with the same seed share their re-splits, draw by draw."""

    low: float
    high: float
    draws: tuple[float, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, the number of subjects behind it, and the 95 % range of the same metric when
    real rows stand in for the synthetic ones (``null``; None where most re-splits of the patients give no number).
    ``p`` is a permutation p-value and ``details`` are further numbers, where the metric has them. Where a table has
    more rows than the metric takes, ``details`` has ``subsampled_rows`` (how many were drawn of the table that was cut
    most) and ``subsampling_se`` (the standard error that the draw added; the interval and the null hold it). ``space``
    is that of the comparison."""

    value: float
    low: float
    high: float
    n: int
    null: Interval | None = None
    p: float | None = None
    details: Mapping[str, float] = field(default_factory=dict)
    space: str = ""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Who is who. ``train``: real rows that the method saw; ``holdout``: real rows that it did not;
    ``synthetic``: its rows; ``expanded``: what a learner would be trained on, where that is not train + synthetic.
    ``space``: the identity of the feature space whose coordinates the rows are, where they are images."""

    train: Cohort
    holdout: Cohort
    synthetic: Cohort
    expanded: Cohort | None = None
    space: str = ""

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
        train, holdout = _identities(self.train), _identities(self.holdout)
        shared = train[train.isin(holdout)].unique()
        if len(shared):
            some = ", ".join(map(str, sorted(shared, key=str)[:5]))
            raise Leakage(
                expected="no patient in both train and holdout",
                found=f"{len(shared)} in both, such as {some}",
                fix="Split by subject.",
            )


def _identities(cohort: Cohort) -> Frame:
    """A column or an index that names the patient of each row."""
    subject = cohort.schema.role("subject")
    return cohort.table.index if subject is None else cohort.table[subject.name].dropna()


class Metric(ABC):
    """Base of all metrics. A subclass sets ``card`` and writes ``_value``; it may replace ``_interval``, ``_null``
    and ``_p`` where it knows better than the general ones. Metrics of one ``kin`` keep for each other what they have
    computed of the same rows: they are measured one after the other."""

    card: ClassVar[MetricCard]
    kin: ClassVar[str] = ""

    @final
    def value(self, comparison: Comparison, *, rng: int | Rng) -> float:
        """The bare number. Raises ``NotApplicable`` with the reason."""
        self._check(comparison)
        generator = as_rng(rng)
        drawn = self._drawn(comparison, generator)
        return self._finite(self._value(self._sized(drawn, generator), generator))

    @final
    def measure(self, comparison: Comparison, *, rng: int | Rng) -> Estimate:
        """The number with its interval and its null. Raises ``NotApplicable`` with the reason."""
        with threadpool_limits(1):  # sums in one order, and no threads that wait for each other over small matrices
            return self._measure(comparison, as_rng(rng))

    def _measure(self, whole: Comparison, generator: Rng) -> Estimate:
        self._check(whole)
        for_null = np.random.default_rng(int(generator.integers(2**63)))  # first, so that all metrics share it
        comparison = self._drawn(whole, generator)
        draws = [self._sized(comparison, generator) for _ in range(self._subsamples(comparison))]
        value = self._finite(float(np.mean([self._value(draw, generator) for draw in draws])))
        interval = self._interval(draws[0], value, generator)
        null = self._null(comparison, null_splits(whole), for_null)
        p, details = self._p(draws[0], generator), self.details(comparison)
        if comparison is not whole:
            details = {**details, **_drawing(whole, comparison, interval)}
        return Estimate(value, interval.low, interval.high, _least(comparison), null, p, details, comparison.space)

    @final
    def details(self, comparison: Comparison) -> dict[str, float]:
        """What the metric says beside its value: shares by rule or class, the variable that tells most, and so on."""
        return {name: value for name, value in self._details(comparison).items() if np.isfinite(value)}

    @abstractmethod
    def _value(self, comparison: Comparison, rng: Rng) -> float:
        """The statistic."""

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        """95 % interval by the delete-a-group jackknife over patients (Kott 2001): each of 20 groups of patients
        leaves once; t with 19 degrees of freedom."""
        from scipy.special import stdtrit

        parts = (comparison.train, comparison.holdout, comparison.synthetic)
        groups = min(JACKKNIFE_GROUPS, *(c.n_subjects for c in parts))
        if groups < 5:
            raise NotApplicable(f"{self.card.name} needs at least 5 patients or rows on each side")
        assigned = [_subject_groups(cohort, groups, rng) for cohort in parts]
        of_rows = self._of_rows(parts)
        replicates = []
        for g in range(groups):
            train, holdout, synthetic = (np.flatnonzero(a != g) for a in assigned)
            if of_rows is not None:
                replicates.append(self._finite(of_rows((train, holdout, synthetic))))
                continue
            kept = [c.take(rows) for c, rows in zip(parts, (train, holdout, synthetic), strict=True)]
            without = replace(comparison, train=kept[0], holdout=kept[1], synthetic=kept[2])
            replicates.append(self._finite(self._value(without, rng)))
        spread = float(np.sqrt((groups - 1) / groups * np.sum((np.array(replicates) - np.mean(replicates)) ** 2)))
        half = float(stdtrit(groups - 1, 0.975)) * spread
        low, high = self.card.bounds
        return Interval(max(low, value - half), min(high, value + half))

    def _null(self, comparison: Comparison, splits: int, rng: Rng) -> Interval | None:
        """95 % range over random re-splits of the real patients, real rows standing in for the synthetic."""
        return null_range(self.null_values(comparison, splits, rng=rng))

    @final
    def null(self, comparison: Comparison, *, rng: int | Rng) -> Interval | None:
        """What the metric says where the method tells nothing, as ``measure`` reads it; the same ``rng`` gives every
        metric the same re-splits."""
        generator = as_rng(rng)
        return self._null(self._drawn(comparison, generator), null_splits(comparison), generator)

    @final
    def null_values(self, comparison: Comparison, splits: int, *, rng: Rng) -> Floats:
        """(splits,) the metric on random re-splits of the real patients, sizes as in ``comparison``; NaN where a split
        gives no number. The same ``rng`` gives every metric the same re-splits."""
        real = Cohort.concat([_unmarked(comparison.train), _unmarked(comparison.holdout)])
        patients, share = np.unique(real.subjects), comparison.train.n_subjects
        size = self._size(comparison)
        of_rows, visits = self._of_rows((real, real, real)), real.schema.role("visit_time") is not None
        values = []
        for _ in range(splits):
            order = rng.permutation(patients)
            in_train = np.isin(real.subjects, order[:share])
            train, holdout = np.flatnonzero(in_train), np.flatnonzero(~in_train)
            try:
                if of_rows is None:
                    made = self.real_against_real(real.take(train), real.take(holdout), size, rng)
                    values.append(self._value(made, rng))
                    continue
                left, stand_in = self._stand_in(real.subjects[train], real.subjects[holdout], size, rng, visits)
                source = train if self.card.stand_in == "train" else holdout
                values.append(of_rows((train, holdout[left], source[stand_in])))
            except NotApplicable:
                values.append(float("nan"))
        return np.array(values)

    @final
    def real_against_real(self, train: Cohort, holdout: Cohort, size: int, rng: Rng) -> Comparison:
        """The two real parts with real rows in place of the synthetic ones, at most ``size`` of them."""
        visits = train.schema.role("visit_time") is not None
        left, stand_in = self._stand_in(train.subjects, holdout.subjects, size, rng, visits)
        made = (train if self.card.stand_in == "train" else holdout).take(stand_in)
        return Comparison(train, holdout if len(left) == len(holdout) else holdout.take(left), made)

    def _stand_in(self, train: Ints, holdout: Ints, size: int, rng: Rng, visits: bool) -> tuple[Ints, Ints]:
        """Positions of the holdout rows that stay, and of the train or holdout rows that stand in for synthetic ones,
        from the patient of each row."""
        source = train if self.card.stand_in == "train" else holdout
        left, eligible = np.arange(len(holdout)), np.arange(len(source))
        if self.card.stand_in == "fresh":
            order = rng.permutation(np.unique(holdout))
            chosen = np.isin(holdout, order[: len(order) // 2])
            left, eligible = np.flatnonzero(~chosen), np.flatnonzero(chosen)
        return left, eligible[_some_rows(source[eligible], size, rng, whole_patients=visits)]

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float] | None:
        """The statistic of some rows of three cohorts, where sorting or counting once serves all of the jackknife and
        all re-splits; it must be that of ``_value`` on those rows. None where there is no such short cut."""
        return None

    def _p(self, comparison: Comparison, rng: Rng) -> float | None:
        return None

    def _details(self, comparison: Comparison) -> dict[str, float]:
        return {}

    def _check(self, comparison: Comparison) -> None:
        card = self.card
        task = comparison.train.task
        if task not in card.targets:
            raise NotApplicable(f"{card.name} is for {' and '.join(card.targets)} targets, not {task}")
        held = {variable.role for variable in comparison.train.schema.variables}
        absent = [role for role in card.roles if role not in held]
        if absent:
            raise NotApplicable(f"{card.name} needs a column with the role {' and one with the role '.join(absent)}")
        n = _least(comparison)
        if n < card.min_subjects:
            raise NotApplicable(
                f"{card.name} needs {card.min_subjects} patients or rows on each side; the least is {n}"
            )

    def _size(self, comparison: Comparison) -> int:
        stand_in = comparison.train if self.card.stand_in == "train" else comparison.holdout
        return min(len(stand_in), len(comparison.synthetic))

    def _drawn(self, comparison: Comparison, rng: Rng) -> Comparison:
        """The comparison with at most as many rows a side as the card says, those of random patients."""
        most = self.card.most_rows
        train, holdout, synthetic = comparison.train, comparison.holdout, comparison.synthetic
        of_train = self.card.most_train_rows or most
        if most is None or of_train is None:
            return comparison
        if len(train) <= of_train and max(len(holdout), len(synthetic)) <= most:
            return comparison
        expanded = comparison.expanded
        if expanded is not None and len(train) > of_train:
            expanded = at_most(expanded, of_train * len(expanded) // len(train), rng)
        return Comparison(
            at_most(train, of_train, rng), at_most(holdout, most, rng), at_most(synthetic, most, rng), expanded
        )

    def _subsamples(self, comparison: Comparison) -> int:
        cut = self.card.equal_size and self._size(comparison) < len(comparison.synthetic)
        return SUBSAMPLES if cut else 1

    def _sized(self, comparison: Comparison, rng: Rng) -> Comparison:
        size = self._size(comparison)
        if not self.card.equal_size or size == len(comparison.synthetic):
            return comparison
        made = comparison.synthetic
        visits = made.schema.role("visit_time") is not None
        rows = _some_rows(made.subjects, size, rng, whole_patients=visits)
        return replace(comparison, synthetic=comparison.synthetic.take(rows))

    def _finite(self, value: float) -> float:
        if not np.isfinite(value):
            raise NotApplicable(f"{self.card.name} has no finite value here")
        return value


class RowsMetric(Metric):
    """A metric that sorts or counts once, and then reads any rows: the jackknife and the re-splits cost little."""

    @final
    def _value(self, comparison: Comparison, rng: Rng) -> float:
        parts = (comparison.train, comparison.holdout, comparison.synthetic)
        train, holdout, synthetic = (np.arange(len(c)) for c in parts)
        return self._of_rows(parts)((train, holdout, synthetic))

    @abstractmethod
    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]: ...


def average(values: Sequence[float] | Floats) -> float:
    """The mean of the values that are known; NaN where none is."""
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def null_splits(whole: Comparison) -> int:
    """How many re-splits stand behind a null: fewer of many patients, the same for every metric of one comparison."""
    patients = whole.train.n_subjects + whole.holdout.n_subjects
    return min(NULL_SPLITS, max(FEWEST_SPLITS, PATIENTS_OF_SPLITS // patients))


def null_range(values: Floats) -> Interval | None:
    """The 95 % range of the draws of a null; None where fewer than half of them give a number."""
    known = values[np.isfinite(values)]
    if len(known) < len(values) / 2:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(float(low), float(high), tuple(values.tolist()))


def share_interval(hits: float, n: int) -> Interval:
    """95 % Clopper-Pearson interval of a share (10.1093/biomet/26.4.404); ``hits`` is a whole number, unless ``n`` is
    an effective size."""
    from scipy.special import betaincinv

    low = betaincinv(hits, n - hits + 1, 0.025) if hits else 0.0
    high = betaincinv(hits + 1, n - hits, 0.975) if hits < n else 1.0
    return Interval(float(low), float(high))


def at_most(cohort: Cohort, most: int, rng: Rng) -> Cohort:
    """All rows where there are at most ``most``, else those of as many random patients as hold about that many."""
    if len(cohort) <= most:
        return cohort
    patients = np.unique(cohort.subjects)
    chosen = rng.permutation(patients)[: max(1, most * len(patients) // len(cohort))]
    return cohort.take(np.flatnonzero(np.isin(cohort.subjects, chosen)))


def _drawing(whole: Comparison, drawn: Comparison, interval: Interval) -> dict[str, float]:
    """How many rows were drawn, and what the draw added to the standard error."""
    sides = [(len(getattr(drawn, side)), len(getattr(whole, side))) for side in ("train", "holdout", "synthetic")]
    few, many = min((side for side in sides if side[0] < side[1]), key=lambda side: side[0] / side[1])
    error = (interval.high - interval.low) / (2 * 1.959964)
    return {"subsampled_rows": float(few), "subsampling_se": error * (1 - few / many) ** 0.5}


def _least(comparison: Comparison) -> int:
    return min(comparison.train.n_subjects, comparison.holdout.n_subjects, len(comparison.synthetic))


def _some_rows(subjects: Ints, size: int, rng: Rng, *, whole_patients: bool) -> Ints:
    """At most ``size`` rows, by chance; of a table of visits whole patients, so that no visit between two is lost."""
    if not whole_patients:
        rows: Ints = np.sort(rng.permutation(len(subjects))[:size])
        return rows
    _, codes = np.unique(subjects, return_inverse=True)
    place = rng.permutation(codes.max(initial=-1) + 1)[codes]
    reached = np.cumsum(np.bincount(place))
    return np.flatnonzero(reached[place] <= max(size, reached[0] if len(reached) else 0))


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
