"""What the difference of a method would change with: other patients, another split, or another seed."""

from __future__ import annotations

import numpy as np

from fewfold.core.types import Floats
from fewfold.study.arms import ratios_of
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
    over the number of repeats; 0 where each site is left out, for there is no other split. *Patient*: the variance over
    bootstrap samples of the patients, or of the sites where sites are split; where each site is left out, less that of
    the seed, which is another one for each site. Each is the variance that the estimate itself would keep if the other
    two were held still.
    """
    out = []
    for method in settings.methods:
        for ratio in ratios_of(method, settings):
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
    difference, predicted = scored.difference(key, NONE, ALL, score), scored.predicted
    repeats, folds = len(predicted.folds), len(np.unique(predicted.folds[0]))
    told = int(np.isfinite(difference.folds).sum())
    if not told or len(difference.draws) < 2 or (repeats < 2 and not predicted.one_by_one):
        return None
    other = _level(again, key, score)
    on_fold = float(np.nanmean((other - _level(scored, key, score)[: len(other)]) ** 2) / 2)
    seed = on_fold / told
    split = 0.0
    if repeats > 1:
        between = np.nanvar(np.nanmean(difference.folds.reshape(repeats, folds), axis=1), ddof=1)
        split = max(0.0, float(between) - seed * repeats) / repeats
    patient = float(np.nanvar(difference.draws, ddof=1))
    if predicted.one_by_one:  # each site has a seed of its own, which varies with the site
        patient = max(0.0, patient - seed * (told - 1) / told)
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
