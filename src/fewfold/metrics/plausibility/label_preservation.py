"""Do synthetic records belong to their class?"""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.units import by_unit, units
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.distances import encoded, squared

FOLDS = 5
RIDGE = 1.0  # times the number of rows
LIMIT = 0.999  # of a correlation, so that Fisher's z is finite
TINY = 1e-12


class LabelPreservation(Metric):
    """How much less the labels of synthetic rows agree with a model of the real patients than those of real patients
    do, in standard errors.

    The model is a kernel ridge discriminant (kernel ridge regression for a continuous target) on the encoded features
    of the training and holdout rows. Real rows are judged by cross-fitting over patients, synthetic ones by the mean of
    the same models. Agreement is the AUROC of the scores for a class against the rest, averaged over classes, or the
    Pearson correlation (Fisher's z) for a continuous target, so that neither the share of the classes nor a shift or
    change of scale of the features counts. Where the features tell nothing of the label, nothing can be seen. Fresh
    patients stand in for the synthetic rows in the null.
    """

    card = MetricCard(
        name="label_preservation",
        title="Loss of agreement with the label (standard errors)",
        family="plausibility",
        question="Do synthetic records belong to their class?",
        better="lower",
        bounds=(float("-inf"), float("inf")),
        stand_in="fresh",
        equal_size=False,
        finding="FF404",
        targets=("binary", "multiclass", "continuous"),
        min_subjects=15,
        most_rows=250,
        references=("10.1148/radiology.143.1.7063747",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        (a, real), (b, made) = _judged(comparison, rng)
        if comparison.train.task == "continuous":
            gap, variance = _correlations(a, real[:, 0], b, made[:, 0])
        else:
            classes = [1] if comparison.train.task == "binary" else range(real.shape[1])
            each = [_aurocs(a == c, real[:, k], b == c, made[:, k]) for k, c in enumerate(classes)]
            gap, variance = np.mean([one for one in each if one is not None] or [(np.nan, 1.0)], axis=0)
        return float(gap / np.sqrt(variance))


def _judged(comparison: Comparison, rng: Rng) -> list[tuple[Floats, Floats]]:
    """Labels and scores, (n,) and (n, classes), of real patients (cross-fitted) and of synthetic ones."""
    train, holdout, synthetic = encoded(comparison)
    real = np.vstack([train, holdout])
    y = np.concatenate([comparison.train.y, comparison.holdout.y])
    patients = _joined(comparison.train.subjects, comparison.holdout.subjects)
    codes = _joined(units(comparison.train), units(comparison.holdout))
    known = np.isfinite(y)
    real, y, patients, codes = real[known], y[known], patients[known], codes[known]
    aims = _aims(y, comparison.train)
    kernel = _kernel(real, np.vstack([real, synthetic]))
    folds = rng.permutation(np.arange(patients.max(initial=-1) + 1) % FOLDS)[patients]
    scores, of_made = np.zeros(aims.shape), np.zeros((len(synthetic), aims.shape[1]))
    for fold in range(FOLDS):
        fitted, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        inner = kernel[np.ix_(fitted, fitted)] + RIDGE * len(fitted) * np.eye(len(fitted))
        weights = np.linalg.solve(inner, aims[fitted] - aims[fitted].mean(axis=0))
        scores[left] = kernel[np.ix_(left, fitted)] @ weights
        of_made += kernel[len(real) :][:, fitted] @ weights / FOLDS
    given = np.isfinite(comparison.synthetic.y)
    made = by_unit(of_made[given], units(comparison.synthetic)[given])
    return [
        (by_unit(y, codes), by_unit(scores, codes)),
        (by_unit(comparison.synthetic.y[given], units(comparison.synthetic)[given]), made),
    ]


def _joined(one: Ints, other: Ints) -> Ints:
    """Codes of two tables, none of one in the other."""
    codes: Ints = np.unique(np.concatenate([one, other + one.max(initial=-1) + 1]), return_inverse=True)[1].ravel()
    return codes


def _aims(y: Floats, train: Cohort) -> Floats:
    """(n, 1) the label itself, or (n, classes) whether it is each of more than two."""
    if train.task != "multiclass":
        return y[:, None]
    levels = train.schema.target.levels if train.schema.target else ()
    aims: Floats = (y[:, None] == np.arange(len(levels or ()))).astype(np.float64)
    return aims


def _kernel(real: Floats, rows: Floats) -> Floats:
    """(rows, real) a linear and a Gaussian kernel."""
    squares = squared(rows, real)
    between = squares[: len(real)][squares[: len(real)] > 0]
    width = float(np.median(between)) if len(between) else 1.0
    kernel: Floats = np.exp(-squares / (2 * width)) + rows @ real.T / real.shape[1]
    return kernel


def _aurocs(in_a: Bools, a: Floats, in_b: Bools, b: Floats) -> tuple[float, float] | None:
    """How much lower the AUROC of the second is, and the variance if both were the same; None without both classes."""
    sizes = [(int(inside.sum()), int((~inside).sum())) for inside in (in_a, in_b)]
    if min(min(size) for size in sizes) == 0:
        return None
    one, other = _auroc(in_a, a), _auroc(in_b, b)
    truth = (one + other) / 2
    q1, q2 = truth / (2 - truth), 2 * truth**2 / (1 + truth)
    variance = sum(
        (truth * (1 - truth) + (m - 1) * (q1 - truth**2) + (n - 1) * (q2 - truth**2)) / (m * n) for m, n in sizes
    )
    return one - other, max(variance, TINY)


def _auroc(positive: Bools, scores: Floats) -> float:
    from scipy.stats import rankdata

    ones, zeros = int(positive.sum()), int((~positive).sum())
    above = rankdata(np.round(scores, 10))[positive].sum() - ones * (ones + 1) / 2
    return float(above) / (ones * zeros)


def _correlations(y_a: Floats, a: Floats, y_b: Floats, b: Floats) -> tuple[float, float]:
    """How much lower the correlation of the second is, as Fisher's z, and its variance."""
    real, made = (float(np.arctanh(np.clip(_correlation(y, x), -LIMIT, LIMIT))) for y, x in ((y_a, a), (y_b, b)))
    return real - made, 1 / (len(a) - 3) + 1 / (len(b) - 3)


def _correlation(x: Floats, y: Floats) -> float:
    """Pearson correlation, 0 where one does not vary."""
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > TINY else 0.0
