"""The negative control: the same study with labels permuted over patients must find nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewfold.core.seeds import Rng, derive
from fewfold.core.types import Ints
from fewfold.data.cohort import Cohort
from fewfold.metrics.utility.scores import SCORES
from fewfold.metrics.utility.survival.scores import brier_terms, marginal
from fewfold.study.contrasts import Scored, benefit, contrasts
from fewfold.study.intervals import mean_of
from fewfold.study.numbers import written
from fewfold.study.outcomes import Predicted
from fewfold.study.result import NegativeControl
from fewfold.study.settings import Settings

LEVEL = 0.99  # of the interval of the baseline: a false alarm in one study of a hundred


def permuted(cohort: Cohort, seed: int) -> Cohort:
    """The cohort with the target of each patient given to another one, all rows of a patient together. The rows of the
    donor come in an order that is drawn: files often list one class first, and their order would tell it."""
    patients, codes = np.unique(cohort.subjects, return_inverse=True)
    rng = derive(seed, "permute")
    donor = rng.permutation(len(patients))
    rows = _donated(codes, donor, rng)
    columns = cohort.table[[variable.name for variable in cohort.schema.outcome]]
    moved = columns.take(rows).set_axis(cohort.table.index)
    return replace(cohort, table=cohort.table.assign(**moved))


def _donated(codes: Ints, donor: Ints, rng: Rng) -> Ints:
    """(n,) the row that each row takes its target from: the donor patient's rows in turn, in an order that is drawn."""
    rows_of = [np.flatnonzero(codes == k) for k in range(len(donor))]
    rows = np.empty(len(codes), dtype=np.int64)
    for k, own in enumerate(rows_of):
        theirs = rng.permutation(rows_of[donor[k]])
        rows[own] = theirs[np.arange(len(own)) % len(theirs)]
    return rows


def negative_control(scored: Scored, settings: Settings) -> NegativeControl:
    """Whether the study on noise found nothing: no method helps, and no model does better than chance."""
    rows = contrasts(scored, settings, only={settings.primary})
    effect = settings.smallest_effect or 0.0
    helps = [
        f"{key[0]}@{key[1]:g}"
        for key, row in benefit(rows, settings, every_control=False).items()
        if row.p_holm is not None and row.p_holm < settings.alpha and row.estimate >= effect
    ]
    baseline = mean_of([by_score[settings.primary] for by_score in scored.table["none", 0.0].values()])
    seen, bounds = scored.infer(baseline, LEVEL), SCORES[settings.primary].bounds
    seen = replace(seen, low=max(seen.low, bounds[0]), high=min(seen.high, bounds[1]))
    expected = _of_noise(settings.primary, scored.predicted)
    lower_is_better = SCORES[settings.primary].better == "lower"
    chance = seen.high >= expected if lower_is_better else seen.low <= expected
    passed = not helps and chance
    return NegativeControl(
        passed=passed,
        ran=True,
        splits=len(scored.predicted.tests),
        helps=helps,
        baseline=seen.estimate,
        low=seen.low,
        high=seen.high,
        expected=expected,
        statement=_statement(settings, passed, helps, seen.estimate, seen.low, seen.high, expected)
        + "".join(f" {name} could not be run on it ({why})." for name, why in scored.predicted.absent.items()),
    )


def _of_noise(primary: str, predicted: Predicted) -> float:
    """What noise scores: for a loss the best model of it, which predicts the mean; for a ranking one at random."""
    y = predicted.y
    if primary == "integrated_brier":
        at = np.array(predicted.times)
        return float(brier_terms(y, np.tile(marginal(y, at), (len(y), 1)), at, y).mean())
    shares = np.unique(y, return_counts=True)[1] / len(y)
    if primary == "brier":
        return float(np.mean(shares * (1 - shares)))
    if primary == "log_loss":
        return float(np.mean([-(q * np.log(q) + (1 - q) * np.log1p(-q)) for q in shares]))
    if primary == "auprc":
        codes = range(predicted.classes) if predicted.task == "multiclass" else (1,)
        folds = [
            [precision_of_chance(int((y[rows] == k).sum()), len(rows)) for k in codes] for _, rows in predicted.tests
        ]
        known = [np.nanmean(each) for each in folds if np.isfinite(each).any()]
        return float(np.mean(known)) if known else float("nan")
    return {"auroc": 0.5, "r2": 0.0, "c_index": 0.5}[primary]


def precision_of_chance(positives: int, n: int) -> float:
    """The expected average precision of a random ranking of ``n`` patients without ties; NaN without positives.

    A positive at rank i has the precision (1 + (i - 1) (positives - 1) / (n - 1)) / i on average, and each rank is
    equally likely. With few patients that is far above the prevalence: 0.39 for 3 of 12.
    """
    if not positives:
        return float("nan")
    first = float(np.mean(1 / np.arange(1, n + 1)))  # of the positive itself; the rest is of the others above it
    return first + (1 - first) * (positives - 1) / max(n - 1, 1)


def _statement(
    settings: Settings, passed: bool, helps: list[str], value: float, low: float, high: float, expected: float
) -> str:
    told = (
        f"With permuted labels {SCORES[settings.primary].title} was {written(value)} "
        f"(99 % interval {written(low)} to {written(high)}; noise gives {written(expected)})"
    )
    if passed:
        return f"{told}, and no method was said to help."
    return f"{told}. Said to help on noise: {', '.join(helps) or 'none'}. Do not trust the verdicts."


def not_run(reason: str) -> NegativeControl:
    """The negative control of a study that could not be run."""
    return NegativeControl(passed=None, ran=False, splits=0, helps=[], statement=f"{reason[:1].upper()}{reason[1:]}.")
