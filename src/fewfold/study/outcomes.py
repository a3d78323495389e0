"""From out-of-fold predictions to scores with their uncertainty, arm by arm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fewfold.core.seeds import derive
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.units import by_unit, units
from fewfold.metrics.utility import scores as s
from fewfold.metrics.utility.scores import SCORES, Score, Task
from fewfold.study.arms import ratios_of
from fewfold.study.cells import Cell, Design
from fewfold.study.intervals import Sampled, weighted_pairs, weights
from fewfold.study.redrawn import REDRAWN
from fewfold.study.survival_outcomes import concordance, lost

ArmKey = tuple[str, float]  # arm, ratio
MEANS = frozenset({"brier", "log_loss", "net_benefit", "integrated_brier", "dice", "hd95"})  # of what each patient adds


@dataclass(frozen=True, eq=False)
class Predicted:
    """All out-of-fold predictions of a stage.

    ``y`` (patients,); ``clusters`` (patients,) what the bootstrap draws whole: the patient, or the site where sites are
    split; ``folds`` (repeats, patients) the fold in which each is tested; ``arms``: for each arm at each ratio and each
    learner (repeats, patients) or (repeats, patients, classes), for survival (repeats, patients, times), for a
    segmentation (repeats, patients, 2 * labels): the Dice coefficient of each label, and then the HD95 of each;
    ``absent``: why an arm has none; ``freedom``: degrees of freedom where they are not those of the splits, such as
    sites less one; ``times``: when survival is judged. A patient whose class changes stands once in each class.
    """

    task: Task
    classes: int
    y: Floats
    clusters: Ints
    folds: Ints
    arms: dict[ArmKey, dict[str, Floats]]
    absent: dict[str, str]
    seed: int
    freedom: float | None = None
    times: tuple[float, ...] = ()

    @cached_property
    def test_per_train(self) -> float:
        """n_test / n_train, averaged over the splits."""
        shares = [np.mean(self.folds[r] == k) for r in range(len(self.folds)) for k in np.unique(self.folds[r])]
        return float(np.mean([share / (1 - share) for share in shares if share < 1] or [0.0]))

    @cached_property
    def counts(self) -> Floats:
        """Bootstrap weights, the same for every arm, so that differences are paired."""
        return weights(int(self.clusters.max()) + 1, derive(self.seed, "bootstrap"))[:, self.clusters]

    @cached_property
    def one_by_one(self) -> bool:
        """Whether each patient, or each site where sites are split, is a fold of its own."""
        return len(np.unique(self.clusters)) == len(np.unique(self.folds[0]))

    @cached_property
    def pair_counts(self) -> Floats:
        """Weights whose product is that of a pair. A site that is a fold of its own and is drawn twice is two folds: no
        patient of one is ranked against one of the other, and each pair counts twice, not four times."""
        return np.sqrt(self.counts) if self.one_by_one else self.counts

    @cached_property
    def pairs(self) -> list[tuple[Bools, Floats, Floats]]:
        """For each class against the rest: who is in it, in how many repeats each pair is tested together, and the sum
        of that on each bootstrap sample."""
        out = []
        for k in range(self.classes) if self.task == "multiclass" else (1,):
            positive = self.y == k
            times = sum((fold[positive][:, None] == fold[~positive][None]).astype(np.float64) for fold in self.folds)
            out.append((positive, np.asarray(times), weighted_pairs(np.asarray(times), positive, self.pair_counts)))
        return out

    @cached_property
    def tests(self) -> list[tuple[int, Ints]]:
        """Every test fold: its repeat and the positions of its patients."""
        return [
            (r, np.flatnonzero(self.folds[r] == k)) for r in range(len(self.folds)) for k in np.unique(self.folds[r])
        ]


def collect(design: Design, cells: Mapping[Cell, dict[str, Any]], stage: str) -> Predicted:
    """Put the predictions of one stage together, patient by patient."""
    cohort = design.cohort_of(stage)
    codes = units(cohort)
    first = np.unique(codes, return_index=True)[1]
    repeats = 1 + max(c.repeat for c in cells if c.stage == stage)
    classes = len(cohort.schema.target.levels or ()) if cohort.schema.target else 0
    task: Task = "segmentation" if design.settings.segment else cohort.task
    times = design.settings.times
    numbers = {"multiclass": (classes,), "survival": (len(times),), "segmentation": (2 * len(design.settings.labels),)}
    shape = (repeats, len(first), *numbers.get(task, ()))
    arms: dict[ArmKey, dict[str, Floats]] = {}
    absent: dict[str, str] = {}
    for cell, content in cells.items():
        if cell.stage != stage:
            continue
        if content["status"] != "ok":
            absent[cell.arm] = content["reason"]
            continue
        tested = slice(None) if stage == "sealed" else design.splits.test(cell.repeat, cell.fold)
        rows = np.unique(codes[tested])
        for ratio in ratios_of(design.arm(cell.arm), design.settings):  # in one order, however a cell was stored
            for learner in design.settings.learners:
                into = arms.setdefault((cell.arm, ratio), {}).setdefault(learner, np.full(shape, np.nan))
                into[cell.repeat, rows] = content["predictions"][repr(float(ratio))][learner]
    arms = {key: value for key, value in arms.items() if key[0] not in absent}
    y = by_unit(cohort.y, codes)
    sites = cohort.sites if design.settings.unit == "site" else None
    clusters = np.unique((cohort.subjects if sites is None else sites)[first], return_inverse=True)[1]
    alike = np.zeros((repeats, len(first)), dtype=np.int64)
    folds = alike if stage == "sealed" else design.splits.folds[:repeats, first]
    freedom = None if sites is None else float(clusters.max())
    return Predicted(task, classes, y, clusters, folds, arms, absent, design.settings.seed, freedom, times)


def chosen(cells: Mapping[Cell, dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Of each arm that chooses: how many fits on training patients ended in each choice, the most frequent first."""
    counts: dict[str, Counter[str]] = {}
    for cell, content in cells.items():
        if cell.stage == "outcome" and "choice" in content:
            counts.setdefault(cell.arm, Counter())[content["choice"]] += 1
    return {arm: dict(sorted(told.items(), key=lambda one: (-one[1], one[0]))) for arm, told in counts.items()}


def sampled(predicted: Predicted, score: Score, p: Floats) -> Sampled:
    """One score of one arm and learner, with its values on folds and on bootstrap samples of patients."""
    if score.name == "c_index":
        return concordance(predicted, p)
    if score.name in _READ:
        return _on_repeats(predicted, score, p)
    if score.name in ("r2", "rmse", "mae"):
        return _continuous(predicted, score, p)
    if score.name in MEANS:  # net benefit: one threshold for all folds, the prevalence of the cohort
        terms = [_terms(predicted, score, one) for one in p]
        values = np.array([terms[r][rows].mean() for r, rows in predicted.tests])
    else:
        values = np.array([score(predicted.y[rows], p[r, rows]) for r, rows in predicted.tests])
    finite = values[np.isfinite(values)]
    return Sampled(float(finite.mean()) if len(finite) else float("nan"), values, _draws(predicted, score, p))


def losses(predicted: Predicted, key: ArmKey) -> Floats:
    """(repeats, patients) the Brier score of each patient, the squared error over the variance, the integrated Brier
    score, or what Dice lacks to 1; the mean over learners."""
    each = []
    for p in predicted.arms[key].values():
        if predicted.task == "continuous":
            each.append((p - predicted.y) ** 2 / max(float(np.var(predicted.y)), 1e-12))
        elif predicted.task == "survival":
            each.append(lost(predicted, p))
        elif predicted.task == "segmentation":
            each.append(1 - np.stack([_terms(predicted, SCORES["dice"], one) for one in p]))
        else:
            each.append(np.stack([_terms(predicted, SCORES["brier"], one) for one in p]))
    mean: Floats = np.mean(each, axis=0)
    return mean


def _per_class(predicted: Predicted, p: Floats) -> list[tuple[Floats, Floats]]:
    """(y, p) of each class against the rest; one pair for a binary target."""
    if predicted.task != "multiclass":
        return [(predicted.y, p)]
    return [((predicted.y == k).astype(np.float64), p[..., k]) for k in range(predicted.classes)]


def _terms(predicted: Predicted, score: Score, p: Floats) -> Floats:
    """(patients,) what each patient adds to a score that is a mean over patients; ``p`` is one repeat."""
    if predicted.task == "segmentation":
        labels = p.shape[1] // 2
        over_labels: Floats = (p[:, :labels] if score.name == "dice" else p[:, labels:]).mean(axis=1)
        return over_labels
    if predicted.task == "survival":
        of_patient: Floats = lost(predicted, p[None])[0]
        return of_patient
    terms = []
    for y, q in _per_class(predicted, p):
        if score.name == "brier":
            terms.append(s.squared_error(y, q))
        elif score.name == "log_loss":
            terms.append(s.negative_log_likelihood(y, q))
        else:
            terms.append(s.net_benefit_terms(y, q, float(y.mean())))
    mean: Floats = np.mean(terms, axis=0)
    return mean


def _draws(predicted: Predicted, score: Score, p: Floats) -> Floats:
    counts = predicted.counts
    if score.name in MEANS:
        terms = np.mean([_terms(predicted, score, one) for one in p], axis=0)
        linear: Floats = counts @ terms / counts.sum(axis=1) - terms.mean()
        return linear
    if score.name in REDRAWN and not predicted.test_per_train:
        return _on_one_test_set(predicted, score, p)
    if score.name != "auroc":
        return np.empty(0)
    each = []
    for (_, q), (positive, times, there) in zip(_per_class(predicted, p), predicted.pairs, strict=True):
        right = _ranked_rightly(predicted, positive, q)
        drawn = weighted_pairs(right, positive, predicted.pair_counts)
        share = np.divide(drawn, there, out=np.full(len(counts), np.nan), where=there > 0)
        each.append(share - right.sum() / times.sum())
    mean: Floats = np.mean(each, axis=0)
    return mean


def _on_one_test_set(predicted: Predicted, score: Score, p: Floats) -> Floats:
    """Where all repeats have one test set, which says nothing of other patients, the bootstrap is the only interval.
    A class that nobody in it has is left out, as it is in the score."""
    read, alike = REDRAWN[score.name], np.ones((1, len(predicted.y)))
    pairs = [pair for one in p for pair in _per_class(predicted, one)]
    each = [read(y, q, predicted.counts) - read(y, q, alike) for y, q in pairs if 0 < y.sum() < len(y)]
    mean: Floats = np.mean(each, axis=0) if each else np.empty(0)
    return mean


def _ranked_rightly(predicted: Predicted, positive: Bools, q: Floats) -> Floats:
    """(positives, negatives) in how many repeats the positive patient ranks above the negative one, both in one test
    fold; ties count half."""
    right = np.zeros((int(positive.sum()), int((~positive).sum())))
    for fold, one in zip(predicted.folds, q, strict=True):
        together = fold[positive][:, None] == fold[~positive][None]
        gap = one[positive][:, None] - one[~positive][None]
        right += together * ((gap > 0) + 0.5 * (gap == 0))
    return right


def _on_repeats(predicted: Predicted, score: Score, p: Floats) -> Sampled:
    """Scores that need many patients at once: read on all patients of a repeat, averaged over repeats. The bootstrap
    is linear in the influence of each patient, so that no model is fitted again."""
    values, influences = [], []
    for one in p:
        each = [_READ[score.name](y, q) for y, q in _per_class(predicted, one)]
        if len(each) > 1 and score.best is not None:  # distances, so that classes cannot make up for each other
            each = [(score.best + abs(v - score.best), np.sign(v - score.best) * i) for v, i in each]
        values.append(float(np.mean([value for value, _ in each])))
        influences.append(np.mean([influence for _, influence in each], axis=0))
    counts, influence = predicted.counts, np.mean(influences, axis=0)
    draws = (counts - 1) @ influence / len(predicted.y) if np.isfinite(influence).all() else np.empty(0)
    return Sampled(float(np.mean(values)), np.empty(0), draws)


def _linear(y: Floats, p: Floats) -> tuple[float, Floats]:
    """Slope of the regression of y on p, and the influence of each patient on it."""
    slope, centred = s.linear_slope(y, p), p - p.mean()
    influence: Floats = centred * (y - y.mean() - slope * centred) / float(np.var(p)) if np.var(p) else y * np.nan
    return slope, influence


_READ = {
    "calibration_slope": s.recalibrated_slope,
    "calibration_intercept": s.recalibrated_intercept,
    "linear_slope": _linear,
}


def _continuous(predicted: Predicted, score: Score, p: Floats) -> Sampled:
    y, counts = predicted.y, predicted.counts
    error = np.abs(p - y) if score.name == "mae" else (p - y) ** 2  # (repeats, patients)
    share = counts / counts.sum(axis=1, keepdims=True)
    variance = float(np.var(y))
    folds = np.array([error[r, rows].mean() for r, rows in predicted.tests])
    drawn, whole = share @ error.mean(axis=0), float(error.mean())
    if score.name == "r2":
        spread = share @ y**2 - (share @ y) ** 2
        return Sampled(1 - whole / variance, 1 - folds / variance, (1 - drawn / spread) - (1 - whole / variance))
    if score.name == "rmse":
        return Sampled(float(np.sqrt(whole)), np.sqrt(folds), np.sqrt(drawn) - np.sqrt(whole))
    return Sampled(whole, folds, drawn - whole)


def scores_for(task: Task) -> list[Score]:
    """The utility scores of a task."""
    return [score for score in SCORES.values() if task in score.targets]
