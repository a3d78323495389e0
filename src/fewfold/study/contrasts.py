"""Paired differences between each method and each control, on the same patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fewfold.metrics.utility.scores import SCORES
from fewfold.study.calibration import counted_in
from fewfold.study.intervals import Inferred, Sampled, holm, infer, mean_of
from fewfold.study.outcomes import ArmKey, Predicted, sampled, scores_for
from fewfold.study.result import Contrast
from fewfold.study.settings import ArmSpec, Settings

ALL = "all"  # the mean over learners
# what must not get worse, and by how much it may before that counts as harm
MARGINS: dict[str, dict[str, float]] = {
    "classes": {"brier": 0.005, "calibration_slope": 0.1, "calibration_intercept": 0.1, "net_benefit": 0.01},
    "continuous": {"linear_slope": 0.1},
    "survival": {"c_index": 0.02, "integrated_brier": 0.005},
    "segmentation": {"dice": 0.02, "hd95": 1.0},
}


@dataclass(frozen=True, eq=False)
class Scored:
    """Every score of every arm and learner: ``table[arm, ratio][learner][score]``."""

    predicted: Predicted
    table: dict[ArmKey, dict[str, dict[str, Sampled]]]

    def level(self, key: ArmKey, learner: str, score: str) -> Inferred:
        """The score itself, with its interval."""
        seen, (least, most) = self.infer(self.table[key][learner][score]), SCORES[score].bounds
        return replace(seen, low=max(seen.low, least), high=min(seen.high, most))

    def infer(self, sampled: Sampled, level: float = 0.95) -> Inferred:
        """An interval and a p-value, as the splits of this stage allow."""
        predicted = self.predicted
        return infer(sampled, predicted.test_per_train, level=level, freedom=predicted.freedom)

    def gain(self, key: ArmKey, learner: str, score: str) -> Sampled:
        """The score turned so that more is better."""
        kind, raw = SCORES[score], self.table[key][learner][score]
        if kind.better == "higher":
            return raw
        if kind.best is None:
            return Sampled(-raw.estimate, -raw.folds, -raw.draws)
        off = abs(raw.estimate - kind.best)
        return Sampled(-off, -np.abs(raw.folds - kind.best), off - np.abs(raw.estimate + raw.draws - kind.best))

    def difference(self, key: ArmKey, other: ArmKey, learner: str, score: str) -> Sampled:
        """Gain of one arm over another; over all learners the mean."""
        learners = list(self.table[key]) if learner == ALL else [learner]
        return mean_of([self.gain(key, one, score) - self.gain(other, one, score) for one in learners])


def score_all(predicted: Predicted, only: set[str] | None = None) -> Scored:
    """All utility scores, or some of them, of all arms that could be run."""
    chosen = [score for score in scores_for(predicted.task) if only is None or score.name in only]
    table = {
        key: {
            learner: {score.name: sampled(predicted, score, p) for score in chosen} for learner, p in by_learner.items()
        }
        for key, by_learner in predicted.arms.items()
    }
    return Scored(predicted, table)


def guarded(settings: Settings, task: str) -> dict[str, float]:
    """Scores that must not get worse, with their margins: the primary first."""
    margins = MARGINS.get(task, MARGINS["classes"])
    others = {score: margin for score, margin in margins.items() if score != settings.primary}
    return {settings.primary: settings.smallest_effect or 0.0, **others}


def control_keys(scored: Scored, settings: Settings, ratio: float) -> list[ArmKey]:
    """The controls that a method at this ratio is compared with: at equal budget, 'none' and weights as they are."""
    keys = [(control.name, r) for control in settings.controls for r in (0.0, ratio)]
    return [key for key in keys if key in scored.table]


def contrasts(scored: Scored, settings: Settings, only: set[str] | None = None) -> list[Contrast]:
    """All paired differences: the primary score against every control, by learner and over all learners; the scores
    that must not get worse, and the one that calibration is counted in, against 'none'. ``p_holm`` is Holm's adjustment
    of the contrasts with 'none' over all methods, ratios and guarded scores, which harm is read from; for the benefit
    see :func:`benefit`. ``only`` limits the scores against 'none'."""
    margins = guarded(settings, scored.predicted.task)
    under_test = {m.name for m in settings.methods}
    rows: list[Contrast | None] = []
    for key in (k for k in scored.table if k[0] in under_test):
        for other in control_keys(scored, settings, key[1]):
            rows += [_row(scored, key, other, settings.primary, learner) for learner in (ALL, *settings.learners)]
        for score in dict.fromkeys((*margins, counted_in(scored.predicted.task))):
            if score != settings.primary and (only is None or score in only):
                rows.append(_row(scored, key, _none(scored, settings), score, ALL))
    return _adjusted([row for row in rows if row is not None], margins)


def _none(scored: Scored, settings: Settings) -> ArmKey:
    return next((c.name, 0.0) for c in settings.controls if c.method == "none")


def _row(scored: Scored, key: ArmKey, other: ArmKey, score: str, learner: str) -> Contrast | None:
    """The paired difference; None where it has no finite value, which the verdict takes for an open question."""
    seen = scored.infer(scored.difference(key, other, learner, score))
    if not np.isfinite([seen.estimate, seen.low, seen.high, seen.p]).all():
        return None
    return Contrast(
        method=key[0],
        ratio=key[1],
        against=other[0],
        metric=score,
        learner=learner,
        estimate=seen.estimate,
        low=seen.low,
        high=seen.high,
        p=seen.p,
    )


def _adjusted(rows: list[Contrast], margins: Mapping[str, float]) -> list[Contrast]:
    """Holm over the contrasts against 'none' of all guarded scores: the family that harm is read from."""
    family = [i for i, r in enumerate(rows) if r.learner == ALL and r.against == "none" and r.metric in margins]
    if not family:
        return rows
    for i, p in zip(family, holm(np.array([rows[i].p for i in family])), strict=True):
        rows[i] = rows[i].model_copy(update={"p_holm": float(p)})
    return rows


def benefit(rows: list[Contrast], settings: Settings, *, every_control: bool = True) -> dict[ArmKey, Contrast]:
    """For each method and ratio the contrast with the control that is hardest to beat, with its p-value.

    To help is to beat every control, so the p-value of a method is the largest over the controls, one-sided towards a
    gain (an intersection-union test, which needs no correction over controls), then Holm over methods and ratios. A
    control that could not be compared has not been beaten: p is 1, unless ``every_control`` is False, as on noise,
    where a control that is missing must not quiet the alarm.
    """
    by_key: dict[ArmKey, list[Contrast]] = {}
    for row in rows:
        if row.learner == ALL and row.metric == settings.primary:
            by_key.setdefault((row.method, row.ratio), []).append(row)
    keys = list(by_key)
    largest = np.array(
        [
            1.0 if every_control and missing_controls(by_key[key], settings) else max(map(_towards_gain, by_key[key]))
            for key in keys
        ]
    )
    adjusted = holm(largest) if keys else largest
    hardest = [min(by_key[key], key=lambda row: row.estimate) for key in keys]
    return {
        key: row.model_copy(update={"p_holm": float(p)}) for key, row, p in zip(keys, hardest, adjusted, strict=True)
    }


def missing_controls(rows: list[Contrast], settings: Settings) -> list[ArmSpec]:
    """The controls of the protocol that a method, at one ratio, has no finite difference of the primary score with."""
    compared = {row.against for row in rows if row.learner == ALL and row.metric == settings.primary}
    return [control for control in settings.controls if control.name not in compared]


def _towards_gain(row: Contrast) -> float:
    """Two-sided p where the difference is a gain, else 1: a test at alpha / 2 in the direction of a gain."""
    return row.p if row.estimate > 0 else 1.0
