"""Does a model of the expanded cohort follow the fingerprint of the synthetic rows?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import CLASSES, MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import order_of_levels
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.distances import encoded

FOLDS = 5
ALPHA = 0.05  # of the ridge penalty, times the number of rows
FEWEST = 3  # rows of each class, real and synthetic


class ShortcutReliance(Metric):
    """How much further apart a model of training and synthetic rows puts the classes among synthetic rows than among
    real patients, in standard errors.

    It is the counterfactual in one number: the fingerprint of a class is the mean step from its real rows to its
    synthetic ones; planted into real patients of the other classes, beside that of those classes, it moves the score of
    the model by just this difference of differences. The model is a ridge discriminant, cross-fitted over patients and
    synthetic rows, so that no row is scored by a model that has seen it; where there are more than two classes, each
    against the rest, and the largest. Fresh patients stand in for the synthetic rows in the null.
    """

    card = MetricCard(
        name="shortcut_reliance",
        title="Reliance on the source of the rows (standard errors)",
        family="utility",
        question="Does a model of the expanded cohort follow what marks synthetic rows?",
        better="lower",
        bounds=(float("-inf"), float("inf")),
        stand_in="fresh",
        equal_size=False,
        finding="FF506",
        targets=CLASSES,
        min_subjects=15,
        most_rows=2_000,
        references=("10.48550/arXiv.2407.21674",),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return float(max(_reliance(comparison, rng)))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        train, holdout, synthetic = encoded(comparison)
        target = comparison.train.schema.target
        levels = order_of_levels(target) if target else ()
        risk = _risk(np.vstack([train, synthetic]), np.concatenate([comparison.train.y, comparison.synthetic.y]))
        source = _direction(np.vstack([train, synthetic]), np.repeat([0.0, 1.0], [len(train), len(synthetic)])[:, None])
        told = {}
        for code in np.unique(comparison.holdout.y).astype(int).tolist():
            own, made = comparison.holdout.y == code, comparison.synthetic.y == code
            if not made.any() or own.all():
                continue
            step = synthetic[made].mean(axis=0) - holdout[own].mean(axis=0)
            change = risk(holdout[~own] + step, code) - risk(holdout[~own], code)
            told[f"risk change when planted: {levels[code]}"] = float(change.mean())
            score, of_source = risk(holdout, code), holdout @ source[:, 0]
            told[f"correlation with the source score: {levels[code]}"] = _partial(score, of_source, own)
        return told


def _reliance(comparison: Comparison, rng: Rng) -> list[float]:
    """Of each class: the difference of differences in standard errors."""
    train, holdout, synthetic = encoded(comparison)
    points = np.vstack([train, holdout, synthetic])
    cohorts = (comparison.train, comparison.holdout, comparison.synthetic)
    y, made = np.concatenate([c.y for c in cohorts]), np.arange(len(points)) >= len(points) - len(synthetic)
    folds = np.concatenate([
        _dealt(comparison.train.subjects, rng), np.full(len(holdout), -1), _dealt(_alike(comparison), rng)
    ])  # fmt: skip
    classes = np.unique(y[np.isfinite(y)])
    aims = (y[:, None] == (classes[-1:] if len(classes) == 2 else classes)).astype(np.float64)
    scores, usable = np.zeros(aims.shape), np.isfinite(y)
    for fold in range(FOLDS):
        fitted = usable & (folds >= 0) & (folds != fold)
        along = points @ _direction(points[fitted], aims[fitted])
        scores += along * np.where(folds == -1, 1 / FOLDS, folds == fold)[:, None]
    out = [_apart(score[usable], aim[usable] > 0, made[usable]) for score, aim in zip(scores.T, aims.T, strict=True)]
    known = [one for one in out if one is not None]
    if not known:
        raise NotApplicable(f"no two classes have {FEWEST} real and {FEWEST} synthetic rows")
    return known


def _direction(points: Floats, aims: Floats) -> Floats:
    """(p, k) coefficients of ridge regressions with an intercept."""
    x, y = points - points.mean(axis=0), aims - aims.mean(axis=0)
    found: Floats = np.linalg.solve(x.T @ x + ALPHA * len(x) * np.eye(x.shape[1]), x.T @ y)
    return found


def _apart(score: Floats, inside: Bools, made: Bools) -> float | None:
    """How much further apart synthetic rows are than real ones; None with too few rows."""
    groups = [
        score[(inside == a) & (made == b)] for a, b in ((True, True), (False, True), (True, False), (False, False))
    ]
    if min(len(group) for group in groups) < FEWEST:
        return None
    in_made, out_made, in_real, out_real = (float(group.mean()) for group in groups)
    error = float(np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups)))
    return (in_made - out_made - in_real + out_real) / error if error > 1e-9 else 0.0


def _alike(comparison: Comparison) -> Ints:
    """What must not be on both sides of a fold: the rows of one synthetic patient, or equal rows."""
    made = comparison.synthetic
    if made.n_subjects < len(made):
        return made.subjects
    return np.unique(np.nan_to_num(made.matrix, nan=np.inf), axis=0, return_inverse=True)[1].ravel()


def _dealt(groups: Ints, rng: Rng) -> Ints:
    """(n,) a random fold for each row, one for all rows of a group."""
    codes = np.unique(groups, return_inverse=True)[1].ravel()
    dealt: Ints = rng.permutation(np.arange(codes.max(initial=-1) + 1) % FOLDS)[codes]
    return dealt


def _risk(points: Floats, y: Floats) -> Callable[[Floats, int], Floats]:
    """The probability of a class, from a penalised logistic model of some rows."""
    from sklearn.linear_model import LogisticRegression

    known = np.isfinite(y)
    if len(np.unique(y[known])) < 2:
        return lambda x, code: np.zeros(len(x))
    model = LogisticRegression(max_iter=2000).fit(points[known], y[known].astype(int))
    place = {int(code): k for k, code in enumerate(model.classes_)}
    return lambda x, code: model.predict_proba(x)[:, place[code]] if code in place else np.zeros(len(x))


def _partial(a: Floats, b: Floats, inside: Bools) -> float:
    """Correlation of two scores, given the class; 0 where one does not vary within a class."""
    a, b = (x - np.where(inside, x[inside].mean(), x[~inside].mean()) for x in (a, b))
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 1e-12 else 0.0
