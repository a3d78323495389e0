"""What the study can see at this n, worked out before any result exists."""

from __future__ import annotations

import numpy as np
from scipy import stats

from fewfold.data.cohort import Cohort
from fewfold.data.units import by_unit, units
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.result import Power
from fewfold.study.settings import Settings

POWER = 0.8
CORRELATION = 0.75  # assumed between the scores of two arms that truly differ, on the same patients
LEVEL = {"auroc": 0.75, "auprc": 0.5, "r2": 0.3}  # assumed score of the arm without augmentation
LOSS_SD = {"brier": 0.2, "log_loss": 0.6}  # assumed standard deviation of the loss over patients


def hanley_mcneil(area: float, positive: int, negative: int) -> float:
    """Standard error of an AUROC (Hanley & McNeil 1982, 10.1148/radiology.143.1.7063747)."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (positive - 1) * (q1 - area**2) + (negative - 1) * (q2 - area**2)) / (
        positive * negative
    )
    return float(np.sqrt(variance))


def standard_error(metric: str, n: int, smallest_class: int) -> float:
    """Standard error of one score at the assumed level; for AUROC and AUPRC the smallest class counts."""
    if metric == "auroc":
        return hanley_mcneil(LEVEL[metric], smallest_class, n - smallest_class)
    if metric == "auprc":  # binomial interval of Boyd et al. (2013), 10.1007/978-3-642-40994-3_29
        return float(np.sqrt(LEVEL[metric] * (1 - LEVEL[metric]) / smallest_class))
    if metric == "r2":  # large-sample variance of a squared correlation
        return float(np.sqrt(4 * LEVEL[metric] * (1 - LEVEL[metric]) ** 2 / n))
    return LOSS_SD[metric] / float(np.sqrt(n))


def minimum_detectable_effect(metric: str, n: int, smallest_class: int, *, alpha: float, comparisons: int) -> float:
    """The paired difference that a two-sided test at ``alpha`` / ``comparisons`` finds with a power of 80 %."""
    difference = standard_error(metric, n, smallest_class) * float(np.sqrt(2 * (1 - CORRELATION)))
    return float((stats.norm.ppf(1 - alpha / comparisons / 2) + stats.norm.ppf(POWER)) * difference)


def plan_power(cohort: Cohort, settings: Settings, *, estimable: bool) -> Power:
    """The minimum detectable effect of a study, with its assumptions. None where the study is not estimable."""
    comparisons = len(settings.methods) * len(settings.ratios)
    n, metric, effect = cohort.n_subjects, settings.primary, settings.smallest_effect or 0.0
    scored = smallest = n
    if cohort.task != "continuous":
        counts = np.unique(by_unit(cohort.y, units(cohort)), return_counts=True)[1]
        scored, smallest = int(counts.sum()), int(counts.min())
    assumed = {"correlation_between_arms": CORRELATION, "patients": float(n), "comparisons": float(comparisons)}
    if metric in LEVEL:
        assumed[f"{metric}_without_augmentation"] = LEVEL[metric]
    else:
        assumed["sd_of_loss"] = LOSS_SD[metric]
    detectable = None
    if estimable:
        detectable = minimum_detectable_effect(metric, scored, smallest, alpha=settings.alpha, comparisons=comparisons)
    return Power(
        metric=metric,
        minimum_detectable_effect=detectable,
        power=POWER,
        alpha=settings.alpha,
        smallest_effect=effect,
        assumptions=assumed,
        statement=_statement(metric, detectable, effect, n, comparisons),
    )


def _statement(metric: str, detectable: float | None, effect: float, n: int, comparisons: int) -> str:
    if detectable is None:
        return f"With {n} patients no difference can be estimated."
    times = f"{comparisons} comparison{'' if comparisons == 1 else 's'}"
    told = (
        f"With {n} patients a difference in {SCORES[metric].title} of about {detectable:.3f} or more can be expected "
        f"to be seen (power 80 %, {times}, scores of two arms correlated by {CORRELATION:g})."
    )
    if detectable > effect:
        return (
            f"{told} A smaller gain, down to the smallest one of interest ({effect:g}), may well be there and not be "
            "shown; whether it is ruled out is told with each verdict, by its interval."
        )
    return f"{told} That is below the smallest effect of interest ({effect:g})."
