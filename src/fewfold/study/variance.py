"""What the difference of a method would change with: other patients, another split, or another seed."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Floats
from fewfold.study.contrasts import ALL, Scored
from fewfold.study.findings import finding
from fewfold.study.outcomes import ArmKey
from fewfold.study.result import Finding, VarianceSplit
from fewfold.study.settings import Settings

NONE: ArmKey = ("none", 0.0)


def variance_splits(scored: Scored, again: Scored, settings: Settings) -> list[VarianceSplit]:
    """The variance of the primary difference from no augmentation, in three parts.

    ``again`` holds the first repeats of the same splits with other seeds. *Seed*: half the mean squared difference
    between two seeds on one fold, over the number of folds averaged. *Split*: the variance between repeats beyond that,
    over the number of repeats. *Patient*: the variance over bootstrap samples of the patients. Each is the variance
    that the estimate itself would keep if the other two were held still.
    """
    out = []
    for method in settings.methods:
        for ratio in settings.ratios:
            key = (method.name, ratio)
            if NONE in scored.table and key in scored.table and key in again.table:
                out.append(_split(scored, again, key, settings.primary))
    return [one for one in out if one is not None]


def seed_matters(rows: list[VarianceSplit]) -> list[Finding]:
    """A finding where the seed weighs more than the patients."""
    return [
        finding(
            "FF210",
            f"of the variance of the difference {100 * row.seed:.0f} % is due to the seed, {100 * row.patient:.0f} % "
            "to the patients",
            method=row.method,
            ratio=row.ratio,
        )
        for row in rows
        if row.seed > row.patient
    ]


def _split(scored: Scored, again: Scored, key: ArmKey, score: str) -> VarianceSplit | None:
    difference = scored.difference(key, NONE, ALL, score)
    repeats, folds = scored.predicted.folds.shape[0], len(np.unique(scored.predicted.folds[0]))
    first = difference.folds.reshape(repeats, folds) if len(difference.folds) == repeats * folds else np.empty((0, 0))
    if not first.size or len(difference.draws) < 2 or repeats < 2:
        return None
    other = np.array(_level(again, key, score)).reshape(-1, folds)
    same = np.array(_level(scored, key, score)).reshape(repeats, folds)[: len(other)]
    on_fold = float(np.nanmean((other - same) ** 2) / 2)
    seed = on_fold / (repeats * folds)
    split = max(0.0, float(np.nanvar(np.nanmean(first, axis=1), ddof=1)) - on_fold / folds) / repeats
    patient = float(np.nanvar(difference.draws, ddof=1))
    total = seed + split + patient
    if not np.isfinite(total) or total <= 0:
        return None
    return VarianceSplit(
        method=key[0],
        ratio=key[1],
        metric=score,
        standard_error=float(np.sqrt(total)),
        patient=patient / total,
        split=split / total,
        seed=seed / total,
    )


def _level(scored: Scored, key: ArmKey, score: str) -> Floats:
    """(splits,) the score on each test fold, averaged over learners."""
    mean: Floats = np.mean([scored.gain(key, learner, score).folds for learner in scored.table[key]], axis=0)
    return mean
