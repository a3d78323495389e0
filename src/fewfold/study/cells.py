"""One cell of a study: one arm on one split. What comes out depends on the cell's name and the study alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Literal

import numpy as np
from threadpoolctl import ThreadpoolController

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng, derive
from fewfold.core.types import Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Method, method
from fewfold.metrics.base import METRICS, Comparison, metric
from fewfold.metrics.privacy.exchange import ExchangeMetric
from fewfold.metrics.privacy.shadow import patient_signals
from fewfold.study.arms import card_of, ratios_of
from fewfold.study.learning import Lesson, predictions
from fewfold.study.settings import ArmSpec, Settings
from fewfold.study.splits import Splits, halves

Stage = Literal["outcome", "noise", "seed", "validity", "sealed"]
REAL = "real"  # in the validity stage: real rows in place of synthetic ones, which is the null
SEALED_DRAWS = 5  # of each arm, on the sealed patients
# what a metric shows where every row is a copy, and where nothing depends on anything
ANCHORS = {
    "anchor-memoriser": ArmSpec(method="duplication", label="anchor-memoriser"),
    "anchor-independent": ArmSpec(method="independent_marginals", label="anchor-independent"),
}
ANCHOR_SPLITS = 3  # half-splits on which the anchors are measured
NULL_SPLITS = 99  # half-splits, or draws, behind a null, at least: the four largest are exceeded in 4 % of studies
DETAIL_SPLITS = 3  # half-splits on which a metric says more than its value
IN_OUTCOME = frozenset({"real_plus_synthetic"})  # what the outcome stage itself measures, and better
OF_REAL = frozenset({"trtr"})  # metrics that do not look at the synthetic rows: read once


@dataclass(frozen=True)
class Cell:
    """``repeat`` and ``fold`` name the split; in the validity stage ``repeat`` counts half-splits. The seed stage is
    the outcome stage once more, with other draws; in the sealed stage ``repeat`` counts draws."""

    stage: Stage
    repeat: int
    fold: int
    arm: str

    @property
    def key(self) -> str:
        """The name of the cell, and of its file."""
        return f"{self.stage}/{self.repeat:03d}-{self.fold:02d}-{self.arm}"


@dataclass(frozen=True, eq=False)
class Design:
    """All that a cell needs to know. ``noise`` is the cohort with its labels permuted over patients, or, where a mask
    is to be found, the cohort itself, for another run; ``sealed`` are patients that only the sealed stage tests on;
    ``source`` are those of another cohort, from whom some methods learn too."""

    settings: Settings
    splits: Splits
    cohort: Cohort
    noise: Cohort
    sealed: Cohort | None = None
    source: Cohort | None = None

    def cohort_of(self, stage: str) -> Cohort:
        """Whom a stage tests on."""
        if stage == "sealed":
            assert self.sealed is not None
            return self.sealed
        return self.noise if stage == "noise" else self.cohort

    def sealed_cells(self) -> list[Cell]:
        """The cells of the opening: every arm, several draws."""
        arms = [a.name for a in (*self.settings.controls, *self.settings.methods)]
        return [Cell("sealed", draw, 0, arm) for draw in range(SEALED_DRAWS) for arm in arms if self.sealed is not None]

    def arm(self, name: str) -> ArmSpec:
        """The specification of an arm."""
        known = (*self.settings.controls, *self.settings.methods, *ANCHORS.values())
        return next(a for a in known if a.name == name)

    def fitted(self, spec: ArmSpec, train: Cohort, rng: Rng) -> Method:
        """The method of an arm, fitted."""
        return method(spec.method, **spec.params).fit(train, rng=rng, source=self.source if spec.source else None)

    def cells(self) -> Iterator[Cell]:
        """Every cell of the study, in the order in which they are run."""
        settings = self.settings
        under_test = [a.name for a in settings.methods]
        all_arms = [*(a.name for a in settings.controls), *under_test]
        stages: list[tuple[Stage, int, list[str]]] = [
            ("outcome", settings.repeats, all_arms),
            ("noise", settings.negative_control_repeats, ["none"] if settings.segment else all_arms),
            ("seed", settings.seed_repeats, under_test),
        ]
        for stage, repeats, arms in stages:
            for repeat in range(min(len(self.splits.folds), repeats)):
                for fold in range(self.splits.count):
                    yield from (Cell(stage, repeat, fold, arm) for arm in arms)
        expanding = [a.name for a in (*settings.controls, *settings.methods) if card_of(a).adds_rows]
        for half in range(null_splits(settings)):
            arms = [REAL]
            arms += expanding if half < settings.metric_splits else []
            arms += ANCHORS if half < ANCHOR_SPLITS else []
            yield from (Cell("validity", half, 0, arm) for arm in arms)


def compute(cell: Cell, design: Design) -> dict[str, Any]:
    """The JSON-able content of a cell: ``status`` ok, or not_applicable with a ``reason``."""
    import_module("sklearn.ensemble")  # first, so that its threads are limited too
    with _threads(len(sys.modules)).limit(limits=1):  # sums in one order: the same bits whatever the number of workers
        try:
            return _validity(cell, design) if cell.stage == "validity" else _outcome(cell, design)
        except NotApplicable as absent:
            return {"status": "not_applicable", "reason": absent.reason}


@lru_cache(maxsize=1)
def _threads(modules: int) -> ThreadpoolController:
    """The thread pools of this process. Finding them reads every loaded library from disk, so that they are looked for
    again only where more modules have been imported."""
    return ThreadpoolController()


def metric_names(design: Design) -> list[str]:
    """The validity metrics of a study."""
    return list(design.settings.metrics) or metrics_of(design.cohort)


def metrics_of(cohort: Cohort) -> list[str]:
    """All validity metrics that read what there is, a table and perhaps images, unless the outcome stage measures the
    same."""
    there = {"table", *cohort.blocks}
    return [
        kind.card.name for kind in METRICS if there & set(kind.card.modalities) and kind.card.name not in IN_OUTCOME
    ]


def _rng(cell: Cell, design: Design, use: str) -> Rng:
    return derive(design.settings.seed, use, cell.stage, cell.repeat, cell.fold, cell.arm)


def _outcome(cell: Cell, design: Design) -> dict[str, Any]:
    cohort = design.cohort_of(cell.stage)
    if cell.stage == "sealed":
        train, test = design.cohort.as_part("train"), cohort.as_part("holdout")
    else:
        train = cohort.take(design.splits.train(cell.repeat, cell.fold)).as_part("train")
        test = cohort.take(design.splits.test(cell.repeat, cell.fold)).as_part("holdout")
    spec = design.arm(cell.arm)
    fitted = design.fitted(spec, train, _rng(cell, design, "fit"))
    made = _largest(fitted, train, design, cell)
    weights = fitted.row_weights(train) if made is None else None
    told: dict[str, dict[str, Any]] = {}
    for ratio in ratios_of(spec, design.settings):
        lesson = Lesson(train, made, _first(made, ratio, design), test, weights)
        told[repr(float(ratio))] = {
            name: predictions(name, lesson, design.settings, _start(name, cell, design)).tolist()
            for name in design.settings.learners
        }
    chosen = {"choice": fitted.choice} if fitted.choice else {}
    return {"status": "ok", "predictions": told, **chosen}


def _start(learner: str, cell: Cell, design: Design) -> Rng:
    """What is random in a learner is the same in every arm, so that differences are paired."""
    return derive(design.settings.seed, "learner", learner, cell.stage, cell.repeat, cell.fold)


def _largest(fitted: Method, train: Cohort, design: Design, cell: Cell) -> Cohort | None:
    """The synthetic rows of the highest ratio; lower ratios use the first of them, class by class."""
    if not fitted.card.adds_rows:
        return None
    rng, ratio = _rng(cell, design, "sample"), fitted.advised(max(design.settings.ratios))
    if not ratio:
        return None
    if design.settings.allocation == "balance":
        return fitted.sample(rng=rng, per_class="balance")
    return fitted.sample(round(ratio * len(train)), rng=rng)


def _first(made: Cohort | None, ratio: float, design: Design) -> Ints:
    """Positions of the synthetic rows that a ratio adds."""
    if made is None:
        return np.empty(0, dtype=np.int64)
    largest = 1.0 if design.settings.allocation == "balance" else max(design.settings.ratios)
    return _first_of_each_class(made, ratio / largest)


def _first_of_each_class(made: Cohort, share: float) -> Ints:
    """Positions of the first ``share`` of the rows of each class: nested samples, proportions kept."""
    if made.task in ("continuous", "survival"):
        return np.arange(round(share * len(made)))
    y = made.y
    return np.concatenate([rows[: round(share * len(rows))] for k in np.unique(y) for rows in [np.flatnonzero(y == k)]])


def _validity(cell: Cell, design: Design) -> dict[str, Any]:
    """Metrics of one half-split. Privacy is read on all rows that the largest ratio adds, for more rows tell more; all
    else at equal size."""
    train, holdout = halves(design.cohort, design.settings.seed, cell.repeat)
    if cell.arm == REAL:
        return {"status": "ok", "values": _of_real(train, holdout, cell, design)}
    spec, most = design.arm(cell.arm), most_ratio(cell.arm, design.settings)
    fitted = design.fitted(spec, train, _rng(cell, design, "fit"))
    made = fitted.sample(round(most * len(train)), rng=_rng(cell, design, "sample"))
    everything = Comparison(train, holdout, made)
    equal = Comparison(train, holdout, made.take(_first_of_each_class(made, 1 / most)))
    values: dict[str, float | str] = {}
    nulls: dict[str, list[float]] = {}
    details: dict[str, dict[str, float]] = {}
    for chosen in (metric(name) for name in metric_names(design) if name not in OF_REAL):
        name, seen = chosen.card.name, everything if chosen.card.family == "privacy" else equal
        try:
            values[name] = chosen.value(seen, rng=_rng(cell, design, name))
            if cell.arm in ANCHORS:
                continue
            if isinstance(chosen, ExchangeMetric):
                rng = _rng(cell, design, f"null-{name}")
                nulls[name] = chosen.exchanged(seen, null_splits(design.settings), rng=rng).tolist()
            if cell.repeat < DETAIL_SPLITS:
                details[name] = chosen.details(seen)
        except NotApplicable as absent:
            values[name] = absent.reason
    told: dict[str, Any] = {"status": "ok", "values": values}
    if cell.arm not in ANCHORS:
        told |= {"nulls": nulls, "details": details, "signals": _signals(everything, design)}
    return told


def null_splits(settings: Settings) -> int:
    """How many half-splits, or draws, are behind a null."""
    return max(settings.metric_splits, NULL_SPLITS)


def most_ratio(arm: str, settings: Settings) -> float:
    """How many rows for each training row the privacy of an arm is read on."""
    return 1.0 if arm in ANCHORS or settings.allocation == "balance" else max(1.0, *settings.ratios)


def _of_real(train: Cohort, holdout: Cohort, cell: Cell, design: Design) -> dict[str, float | str]:
    """Real rows in place of the synthetic ones. Attacks have a null of their own: patients who change sides."""
    values: dict[str, float | str] = {}
    for chosen in map(metric, metric_names(design)):
        if isinstance(chosen, ExchangeMetric):
            continue
        rng = _rng(cell, design, chosen.card.name)
        try:
            made = chosen.real_against_real(train, holdout, len(train), rng)
            values[chosen.card.name] = chosen.value(made, rng=rng)
        except NotApplicable as absent:
            values[chosen.card.name] = absent.reason
    return values


def _signals(comparison: Comparison, design: Design) -> list[tuple[float, bool]]:
    """For each patient, in the order of the cohort: the signal of membership inference, and who was in training."""
    try:
        found = patient_signals(comparison)
    except NotApplicable:
        return []
    subject = design.cohort.schema.role("subject")
    labels = design.cohort.table.index if subject is None else design.cohort.table[subject.name]
    return [found[label] for label in dict.fromkeys(labels.tolist())]
