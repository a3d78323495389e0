"""What the study can see at this n, worked out before any result exists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from fewfold.data.cohort import Cohort
from fewfold.data.units import by_unit, units
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.arms import ratios_of
from fewfold.study.result import Power
from fewfold.study.settings import Settings
from fewfold.study.splits import Splits, study_groups

POWER = 0.8
NODES = 64  # of a Gauss-Hermite rule
# assumed between the scores of two arms on the same patients. Where rows truly teach it is 0.2 to 0.6, the lower the
# more they teach (benchmarks/proof); arms that hardly differ are correlated by 0.8 and more
CORRELATION = 0.5
LEVEL = {"auroc": 0.75, "auprc": 0.5, "r2": 0.3, "c_index": 0.7}  # assumed score of the arm without augmentation
LOSS_SD = {
    "brier": 0.2,
    "log_loss": 0.6,
    "integrated_brier": 0.2,
    "dice": 0.1,
}  # assumed standard deviation over patients


def hanley_mcneil(area: float, positive: int, negative: int) -> float:
    """Standard error of an AUROC (Hanley & McNeil 1982, 10.1148/radiology.143.1.7063747)."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (positive - 1) * (q1 - area**2) + (negative - 1) * (q2 - area**2)) / (
        positive * negative
    )
    return float(np.sqrt(variance))


def of_concordance(events: int) -> float:
    """Standard error of a C-index: that of (1 + tau) / 2, where tau is Kendall's of ``events`` patients without a
    dependence (Kendall 1938, 10.1093/biomet/30.1-2.81). Who is censored adds pairs, and dependence lowers it."""
    return float(np.sqrt((2 * events + 5) / (18 * events * (events - 1)))) if events > 1 else float("inf")


def standard_error(metric: str, n: int, smallest_class: int) -> float:
    """Standard error of one score at the assumed level; for AUROC and AUPRC the smallest class counts, for the C-index
    the patients with the event."""
    if metric == "auroc":
        return hanley_mcneil(LEVEL[metric], smallest_class, n - smallest_class)
    if metric == "auprc":  # binomial interval of Boyd et al. (2013), 10.1007/978-3-642-40994-3_29
        return float(np.sqrt(LEVEL[metric] * (1 - LEVEL[metric]) / smallest_class))
    if metric == "c_index":
        return of_concordance(smallest_class)
    if metric == "r2":  # large-sample variance of a squared correlation
        return float(np.sqrt(4 * LEVEL[metric] * (1 - LEVEL[metric]) ** 2 / n))
    return LOSS_SD[metric] / float(np.sqrt(n))


def slope_error(positive: int, negative: int) -> float:
    """Standard error of a calibration slope of 1 at an AUROC of 0.75.

    Log-odds that are normal in each class and as well calibrated as they rank are d = sqrt(2) Phi^-1(AUROC) SD apart,
    and a slope fitted to them has the variance (1 / positive + 1 / negative) / d^2 + 2 / n: the delta method on the
    discriminant slope, which logistic regression hardly differs from here (Efron 1975, 10.1080/01621459.1975.10480319).
    """
    apart = np.sqrt(2) * stats.norm.ppf(LEVEL["auroc"])
    return float(np.sqrt((1 / positive + 1 / negative) / apart**2 + 2 / (positive + negative)))


def linear_slope_error(n: int) -> float:
    """Standard error of the slope of the outcome on the prediction, where it is 1 and R² is 0.3."""
    return float(np.sqrt((1 / LEVEL["r2"] - 1) / n))


@dataclass(frozen=True)
class Scheme:
    """How the differences are tested: against how many controls, in how many repeats of how many folds. ``folds`` 1 is
    one test set. ``sites`` where whole sites are drawn."""

    controls: int = 1
    folds: int = 1
    repeats: int = 1
    sites: int | None = None

    @property
    def inflation(self) -> float:
        """By how much the corrected variance of a mean over splits is larger than the variance over the patients alone:
        J (1/J + n_test/n_train) n/n_test, over J splits."""
        return 1.0 if self.folds == 1 else 1 / self.repeats + self.folds / (self.folds - 1)

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the test."""
        splits = np.inf if self.folds == 1 else self.folds * self.repeats - 1
        return float(splits if self.sites is None else min(splits, self.sites - 1))

    def detectable(self, critical: float) -> float:
        """The gain over each control, in standard errors, at which the t statistics of all lie beyond ``critical`` with
        a probability of 80 %. Where all arms are correlated alike, differences from one arm are correlated by 1/2;
        the standard errors are estimated, and go up and down together."""
        at, weights = np.polynomial.hermite_e.hermegauss(NODES)
        shares, spread = (np.arange(NODES) + 0.5) / NODES, np.ones(1)
        if np.isfinite(self.freedom):
            spread = np.sqrt(stats.chi2.ppf(shares, self.freedom) / self.freedom)

        def power(gain: float) -> float:
            beyond = np.sqrt(2) * (gain - critical * spread[:, None])
            return float(np.mean(stats.norm.cdf(beyond + at) ** self.controls @ weights / weights.sum()))

        return float(optimize.brentq(lambda gain: power(gain) - POWER, 0, 10 + 10 * critical))


def minimum_detectable_effect(
    metric: str, n: int, smallest_class: int, *, alpha: float, comparisons: int, scheme: Scheme
) -> float:
    """The paired difference that the test of a study finds with a power of 80 %: two-sided at ``alpha`` /
    ``comparisons``, the first step of Holm's, against every control."""
    difference = standard_error(metric, n, smallest_class) * float(np.sqrt(2 * (1 - CORRELATION) * scheme.inflation))
    critical = stats.t.ppf(1 - alpha / comparisons / 2, scheme.freedom)
    return scheme.detectable(float(critical)) * difference


def detectable_slope(task: str, n: int, smallest_class: int, alpha: float) -> float:
    """The change of a calibration slope that its interval shows with a power of 80 %. It is read on all patients of a
    repeat, against no augmentation alone."""
    error = linear_slope_error(n) if task == "continuous" else slope_error(smallest_class, n - smallest_class)
    return float((stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(POWER)) * error * np.sqrt(2 * (1 - CORRELATION)))


def plan_power(cohort: Cohort, settings: Settings, splits: Splits | None, *, estimable: bool) -> Power:
    """What a study can see, with the assumptions. ``splits`` None: one test set. None where it is not estimable."""
    comparisons = sum(len(ratios_of(spec, settings)) for spec in settings.methods)
    scheme = Scheme(controls=len(settings.controls))
    if splits is not None:
        sites = len(np.unique(study_groups(cohort, settings))) if settings.unit == "site" else None
        scheme = Scheme(scheme.controls, splits.count, len(splits.folds), sites)
    n, metric, effect = cohort.n_subjects, settings.primary, settings.smallest_effect or 0.0
    scored = smallest = n
    if cohort.task == "survival":
        smallest = int((cohort.y > 0).sum())
    elif cohort.task != "continuous":
        counts = np.unique(by_unit(cohort.y, units(cohort)), return_counts=True)[1]
        scored, smallest = int(counts.sum()), int(counts.min())
    assumed = {
        "correlation_between_arms": CORRELATION,
        "patients": float(n),
        "comparisons": float(comparisons),
        "controls_to_beat": float(scheme.controls),
        "folds": float(scheme.folds),
        "repeats": float(scheme.repeats),
    }
    if metric in LEVEL:
        assumed[f"{metric}_without_augmentation"] = LEVEL[metric]
    else:
        assumed["sd_of_loss"] = LOSS_SD[metric]
    detectable = slope = None
    if estimable:
        detectable = minimum_detectable_effect(
            metric, scored, smallest, alpha=settings.alpha, comparisons=comparisons, scheme=scheme
        )
        slope = (
            None
            if settings.segment or cohort.task == "survival"
            else detectable_slope(cohort.task, scored, smallest, settings.alpha)
        )
    return Power(
        metric=metric,
        minimum_detectable_effect=detectable,
        detectable_calibration_slope=slope,
        power=POWER,
        alpha=settings.alpha,
        smallest_effect=effect,
        assumptions=assumed,
        statement=_statement(metric, detectable, effect, n, comparisons) + _guard(slope),
    )


def _statement(metric: str, detectable: float | None, effect: float, n: int, comparisons: int) -> str:
    if detectable is None:
        return f"With {n} patients no difference can be estimated."
    times = f"{comparisons} comparison{'' if comparisons == 1 else 's'}"
    title, how = SCORES[metric].title, f"(power 80 %, {times}, scores of two arms correlated by {CORRELATION:g})"
    told = (
        f"With {n} patients a difference in {title} of about {detectable:.3f} or more can be expected to be seen "
        f"against every control {how}."
    )
    if metric in LEVEL and detectable > 1 - LEVEL[metric]:
        told = (
            f"With {n} patients no difference in {title} can be expected to be seen: it would have to be about "
            f"{detectable:.3f} against every control {how}, and from {LEVEL[metric]:g} there is less than that to gain."
        )
    if detectable > effect:
        return (
            f"{told} A smaller gain, down to the smallest one of interest ({effect:g}), may well be there and not be "
            "shown; whether it is ruled out is told with each verdict, by its interval."
        )
    return f"{told} That is below the smallest effect of interest ({effect:g})."


def _guard(slope: float | None) -> str:
    if slope is None:
        return ""
    return f" A loss of calibration is likely to show only where its slope moves by about {slope:.2f} or more."
