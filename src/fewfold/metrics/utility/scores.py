"""How good predictions are: plain functions of the truth and the prediction, one entry a patient.

Shapes: ``y`` (n,) class codes or values; ``p`` (n,) probability of class 1 for a binary target, (n, classes) for a
multiclass one (each score is then the mean over classes, one against the rest), (n,) predicted value for a
continuous one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fewfold.core.cards import Target
from fewfold.core.types import Floats
from fewfold.metrics.utility.survival.scores import c_index

_NEWTON_STEPS, _LONGEST_STEP, _TOLERANCE, _SINGULAR = 50, 2.0, 1e-8, 1e12
EPSILON = 1e-6  # probabilities are kept this far from 0 and 1 where a logarithm is taken
SPECIFICITY = 0.9
Binary = Callable[[Floats, Floats], float]
Task = Literal[Target, "segmentation"]


def auroc(y: Floats, p: Floats) -> float:
    """Area under the ROC curve, ties counted half (10.1148/radiology.143.1.7063747); NaN with one class."""
    from scipy.stats import rankdata

    positive = int(y.sum())
    negative = len(y) - positive
    if not positive or not negative:
        return float("nan")
    ranks = rankdata(p)
    return float((ranks[y == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def auprc(y: Floats, p: Floats) -> float:
    """Average precision: the precision at each threshold weighted by the recall it adds; NaN without positives."""
    order = np.argsort(-p, kind="stable")
    hits, scores = np.cumsum(y[order]), p[order]
    if not hits[-1]:
        return float("nan")
    last = np.append(np.flatnonzero(np.diff(scores)), len(y) - 1)  # the last of each run of tied predictions
    recall = hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * hits[last] / (last + 1)))


def brier(y: Floats, p: Floats) -> float:
    """Mean squared error of the probability (10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2)."""
    return float(np.mean(squared_error(y, p)))


def log_loss(y: Floats, p: Floats) -> float:
    """Mean negative log-likelihood in nats, probabilities clipped at 1e-6."""
    return float(np.mean(negative_log_likelihood(y, p)))


def squared_error(y: Floats, p: Floats) -> Floats:
    """(n,) squared error of each prediction."""
    error: Floats = (p - y) ** 2
    return error


def negative_log_likelihood(y: Floats, p: Floats) -> Floats:
    """(n,) in nats."""
    clipped = np.clip(p, EPSILON, 1 - EPSILON)
    loss: Floats = -np.where(y == 1, np.log(clipped), np.log1p(-clipped))
    return loss


def logit(p: Floats) -> Floats:
    """Log-odds of clipped probabilities."""
    clipped = np.clip(p, EPSILON, 1 - EPSILON)
    odds: Floats = np.log(clipped) - np.log1p(-clipped)
    return odds


def calibration_slope(y: Floats, p: Floats) -> float:
    """Slope of the logistic recalibration of y on logit(p); 1 is perfect, below 1 overconfident
    (10.1186/s12916-019-1466-7)."""
    return recalibrated_slope(y, p)[0]


def calibration_intercept(y: Floats, p: Floats) -> float:
    """Calibration in the large: the intercept with logit(p) as an offset; 0 is perfect, above 0 underestimates."""
    return recalibrated_intercept(y, p)[0]


def recalibrated_intercept(y: Floats, p: Floats) -> tuple[float, Floats]:
    """Calibration in the large, and (n,) the influence of each patient on it; NaN with one class."""
    odds, centre = logit(p), 0.0
    if not 0 < y.sum() < len(y):
        return float("nan"), np.full(len(y), np.nan)
    for _ in range(_NEWTON_STEPS):
        fitted = _sigmoid(centre + odds)
        curvature = max(float(np.sum(fitted * (1 - fitted))), 1e-12)
        step = float(np.clip(np.sum(y - fitted) / curvature, -_LONGEST_STEP, _LONGEST_STEP))
        centre += step
        if abs(step) < _TOLERANCE:
            break
    return centre, (y - _sigmoid(centre + odds)) * len(y) / curvature


def recalibrated_slope(y: Floats, p: Floats) -> tuple[float, Floats]:
    """Calibration slope by Newton-Raphson, and (n,) the influence of each patient on it.

    NaN with one class, with constant predictions, or where predictions separate the classes and no slope exists.
    """
    absent = float("nan"), np.full(len(y), np.nan)
    design = np.column_stack([np.ones(len(y)), logit(p)])
    if not 0 < y.sum() < len(y) or not np.ptp(design[:, 1]):
        return absent
    beta = np.zeros(2)
    for _ in range(_NEWTON_STEPS):
        fitted = _sigmoid(design @ beta)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if np.linalg.cond(information) > _SINGULAR:
            return absent
        step = np.linalg.solve(information, design.T @ (y - fitted))
        beta = beta + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < _TOLERANCE:
            scores = design * (y - _sigmoid(design @ beta))[:, None]
            influence: Floats = np.linalg.solve(information, scores.T)[1] * len(y)
            return float(beta[1]), influence
    return absent


def _sigmoid(x: Floats) -> Floats:
    from scipy.special import expit

    value: Floats = expit(x)
    return value


def sensitivity_at_specificity(y: Floats, p: Floats, specificity: float = SPECIFICITY) -> float:
    """Sensitivity at the lowest threshold that keeps at least this specificity on the same patients."""
    negatives = np.sort(p[y == 0])
    if not len(negatives) or len(negatives) == len(y):
        return float("nan")
    allowed = int(np.floor((1 - specificity) * len(negatives) + 1e-9))
    threshold = negatives[len(negatives) - 1 - allowed]
    return float(np.mean(p[y == 1] > threshold))


def net_benefit(y: Floats, p: Floats, threshold: float | None = None) -> float:
    """True minus weighted false positives per patient at a risk threshold (10.1177/0272989X06295361); the threshold
    is the prevalence where none is given."""
    return float(np.mean(net_benefit_terms(y, p, float(y.mean()) if threshold is None else threshold)))


def net_benefit_terms(y: Floats, p: Floats, threshold: float) -> Floats:
    """(n,) the share of each patient in the net benefit."""
    treated = p >= threshold
    terms: Floats = np.where(treated, np.where(y == 1, 1.0, -threshold / max(1 - threshold, 1e-12)), 0.0)
    return terms


def r2(y: Floats, p: Floats) -> float:
    """Share of the variance that is explained; 0 is as good as the mean, negative is worse."""
    spread = float(np.mean((y - y.mean()) ** 2))
    return float(1 - np.mean((y - p) ** 2) / spread) if spread else float("nan")


def rmse(y: Floats, p: Floats) -> float:
    """Root mean squared error, in the unit of the target."""
    return float(np.sqrt(np.mean((y - p) ** 2)))


def mae(y: Floats, p: Floats) -> float:
    """Mean absolute error, in the unit of the target."""
    return float(np.mean(np.abs(y - p)))


def linear_slope(y: Floats, p: Floats) -> float:
    """Calibration slope of a continuous target: the slope of the regression of y on the prediction."""
    spread = float(np.var(p))
    return float(np.mean((p - p.mean()) * (y - y.mean())) / spread) if spread else float("nan")


def mean(y: Floats, p: Floats) -> float:
    """The mean of what was measured on each patient: ``p`` is the overlap of a mask with the true one, or how far they
    are apart, averaged over labels, or what it adds to the Brier score of survival; ``y`` is not looked at."""
    return float(np.mean(p))


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score and how to read it. ``best`` is the perfect value, for scores where more is not better."""

    name: str
    title: str
    better: Literal["lower", "higher", "nearer"]
    function: Binary
    targets: tuple[Task, ...] = ("binary", "multiclass")
    best: float | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)

    def __call__(self, y: Floats, p: Floats) -> float:
        """The score; for (n, classes) probabilities the mean over classes, each against the rest. Where ``best`` is not
        an end of the scale the distances from it are averaged, so that classes cannot make up for each other."""
        if p.ndim == 1:
            return self.function(y, p)
        each = np.array([self.function((y == k).astype(np.float64), p[:, k]) for k in range(p.shape[1])])
        if self.best is not None:
            each = self.best + np.abs(each - self.best)
        return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")


_CONTINUOUS: tuple[Task, ...] = ("continuous",)
_SEGMENTATION: tuple[Task, ...] = ("segmentation",)
_SURVIVAL: tuple[Task, ...] = ("survival",)
SCORES: dict[str, Score] = {
    score.name: score
    for score in (
        Score(name="auroc", title="AUROC", better="higher", function=auroc, bounds=(0.0, 1.0)),
        Score(name="auprc", title="AUPRC", better="higher", function=auprc, bounds=(0.0, 1.0)),
        Score(name="brier", title="Brier score", better="lower", function=brier, bounds=(0.0, 1.0)),
        Score(name="log_loss", title="Log-loss", better="lower", function=log_loss, bounds=(0.0, math.inf)),
        Score(
            name="calibration_slope",
            title="Calibration slope",
            better="nearer",
            best=1.0,
            function=calibration_slope,
        ),
        Score(
            name="calibration_intercept",
            title="Calibration in the large",
            better="nearer",
            best=0.0,
            function=calibration_intercept,
        ),
        Score(
            name="sensitivity_at_90_specificity",
            title="Sensitivity at 90 % specificity",
            better="higher",
            function=sensitivity_at_specificity,
            bounds=(0.0, 1.0),
        ),
        Score(name="net_benefit", title="Net benefit at the prevalence", better="higher", function=net_benefit),
        Score(name="r2", title="R²", better="higher", function=r2, bounds=(-math.inf, 1.0), targets=_CONTINUOUS),
        Score(name="rmse", title="RMSE", better="lower", function=rmse, bounds=(0.0, math.inf), targets=_CONTINUOUS),
        Score(
            name="mae",
            title="Mean absolute error",
            better="lower",
            function=mae,
            bounds=(0.0, math.inf),
            targets=_CONTINUOUS,
        ),
        Score(
            name="linear_slope",
            title="Calibration slope",
            better="nearer",
            best=1.0,
            function=linear_slope,
            targets=_CONTINUOUS,
        ),
        Score(name="dice", title="Dice", better="higher", function=mean, bounds=(0.0, 1.0), targets=_SEGMENTATION),
        Score(name="hd95", title="HD95", better="lower", function=mean, bounds=(0.0, math.inf), targets=_SEGMENTATION),
        Score(name="c_index", title="C-index", better="higher", function=c_index, bounds=(0.0, 1.0), targets=_SURVIVAL),
        Score(
            name="integrated_brier",
            title="Integrated Brier score",
            better="lower",
            function=mean,
            bounds=(0.0, math.inf),
            targets=_SURVIVAL,
        ),
    )
}


def headline(task: Task) -> Score:
    """The score that stands for utility where one number is asked for: AUROC, R² for a continuous target, the C-index
    for survival, Dice for a mask."""
    return SCORES[{"continuous": "r2", "survival": "c_index", "segmentation": "dice"}.get(task, "auroc")]
