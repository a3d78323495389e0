"""Can synthetic rows be told from real ones more easily in one class than in another?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fewfold.core.cards import CLASSES, MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.encoding import Encoder
from fewfold.metrics.base import Comparison, Metric
from fewfold.metrics.distances import gaussian_kernel
from fewfold.metrics.fidelity.left_out import LeftOut

FEWEST = 4  # rows of a class, real and synthetic, below which it is left out
FOLDS = 5
RIDGE = 0.005


class SourceByClass(Metric):
    """The largest difference between two classes in how well synthetic rows can be told from real ones (training and
    holdout rows), in standard errors of that difference.

    Within each class, synthetic rows are told from real ones by each encoded feature alone and by a cross-fitted kernel
    ridge discriminant on all of them. Each gives an AUROC, less 0.5, and its variance under equality (Mann and Whitney,
    with ties). The AUROC of a class counts by the share of synthetic rows among its training rows, relative to the
    class with the highest share: what is found everywhere says nothing of the class where every class has the same
    share, and everything where one class has no synthetic rows. ``details``: the share of synthetic rows by class, and
    the feature that tells most with its difference. Joint patterns are seldom seen with 60 patients; those that differ
    between the classes and are as easy to find in each never are. Fresh patients stand in for the synthetic rows in
    the null.
    """

    card = MetricCard(
        name="source_by_class",
        title="Source detectability by class (difference in standard errors)",
        family="fidelity",
        question="Can synthetic rows be told from real ones more easily in one class than in another?",
        better="lower",
        bounds=(0.0, float("inf")),
        finding="FF506",
        stand_in="fresh",
        equal_size=False,
        targets=CLASSES,
        min_subjects=15,
        most_rows=250,
        references=("10.1214/aoms/1177730491", "10.48550/arXiv.1610.06545", "10.48550/arXiv.2407.21674"),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        return float(np.max(_differences(_by_class(comparison, rng))))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        told = _by_class(comparison, None)
        target, names = comparison.train.schema.target, _encoder(comparison).names
        levels = order_of_levels(target) if target else ()
        shares = {f"synthetic share: {levels[one.code]}": one.share for one in told}
        differences = _differences(told)
        return {**shares, f"difference: {names[int(np.argmax(differences))]}": float(np.max(differences))}


@dataclass(frozen=True, eq=False)
class _Told:
    """How well the rows of a class are told apart: AUROCs less 0.5 by each feature (and by all), and variances."""

    code: int
    share: float
    auroc: Floats
    variance: Floats


def _by_class(comparison: Comparison, rng: Rng | None) -> list[_Told]:
    """Each class with enough rows; without ``rng`` each feature alone."""
    encoder = _encoder(comparison)
    train, holdout, synthetic = comparison.train, comparison.holdout, comparison.synthetic
    real = np.vstack([encoder.transform(train.matrix), encoder.transform(holdout.matrix)])
    y, made = np.concatenate([train.y, holdout.y]), encoder.transform(synthetic.matrix)
    patients = np.concatenate([train.subjects, holdout.subjects + train.subjects.max() + 1])
    told = []
    for code in np.unique(y[np.isfinite(y)]).astype(int).tolist():
        of_real, of_made = y == code, synthetic.y == code
        a, b = real[of_real], made[of_made]
        if len(a) < FEWEST or 0 < len(b) < FEWEST:
            continue
        share = len(b) / max(len(b) + int((train.y == code).sum()), 1)
        auroc, variance = _each(a, b)
        if rng is not None:
            groups = patients[of_real], _alike(b, synthetic, of_made)
            auroc = np.append(auroc, _together(a, b, groups, rng) - 0.5)
            variance = np.append(variance, (len(a) + len(b) + 1) / (12 * len(a) * max(len(b), 1)))
        told.append(_Told(code, share, auroc, variance))
    if len(told) < 2 or not any(one.share for one in told):
        raise NotApplicable(f"fewer than two classes have {FEWEST} real rows, and {FEWEST} synthetic ones or none")
    return told


def _encoder(comparison: Comparison) -> Encoder:
    encoder = Encoder.fit(comparison.train.matrix, comparison.train.schema.features)
    if not encoder.names:
        raise NotApplicable("no feature varies in the training rows")
    return encoder


def _differences(told: list[_Told]) -> Floats:
    """The largest absolute difference between two classes, in standard errors, by each feature (and by all)."""
    highest = max(one.share for one in told)
    out = []
    for one, other in combinations(told, 2):
        a, b = one.share / highest, other.share / highest
        variance = a**2 * one.variance + b**2 * other.variance
        gap = np.abs(a * one.auroc - b * other.auroc)
        out.append(gap / np.sqrt(np.where(variance > 0, variance, 1.0)))
    largest: Floats = np.max(out, axis=0)
    return largest


def _each(real: Floats, made: Floats) -> tuple[Floats, Floats]:
    """AUROC less 0.5 of each column, and its variance if the rows were exchangeable, ties counted."""
    from scipy.stats import rankdata

    m, k = len(real), len(made)
    if not k:
        return np.zeros(real.shape[1]), np.zeros(real.shape[1])
    ranks = rankdata(np.vstack([real, made]), axis=0)
    auroc = (ranks[m:].mean(axis=0) - (m + k + 1) / 2) / m
    return auroc, ranks.var(axis=0, ddof=1) * (1 / k - 1 / (m + k)) / m**2


def _alike(rows: Floats, synthetic: Cohort, chosen: Bools) -> Ints:
    """What must not be on both sides of a fold: equal rows, or the rows of one synthetic patient."""
    if synthetic.n_subjects < len(synthetic):
        return synthetic.subjects[chosen]
    codes: Ints = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
    return codes


def _together(real: Floats, made: Floats, groups: tuple[Ints, Ints], rng: Rng) -> float:
    """Cross-fitted AUROC of a kernel ridge discriminant, over the pairs that lie in one fold."""
    from scipy.stats import rankdata

    points = np.vstack([real, made])
    kernel = gaussian_kernel(points, points) + points @ points.T / points.shape[1] + 1.0
    is_made = np.arange(len(points)) >= len(real)
    predict = LeftOut(kernel + RIDGE * len(points) * np.eye(len(points)), is_made)
    folds = np.concatenate([_dealt(group, rng) for group in groups])
    wins, pairs = 0.0, 0
    for fold in range(FOLDS):
        fitted, judged = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        ones, share = is_made[judged], is_made[fitted].mean()
        count = int(ones.sum()) * int((~ones).sum())
        if not count or not 0 < share < 1:
            continue
        scores = np.round(predict(fitted, judged), 10)
        wins += float(rankdata(scores)[ones].sum()) - int(ones.sum()) * (int(ones.sum()) + 1) / 2
        pairs += count
    return wins / pairs if pairs else 0.5


def _dealt(groups: Ints, rng: Rng) -> Ints:
    """(n,) a random fold for each row, one for all rows of a group."""
    codes = np.unique(groups, return_inverse=True)[1].ravel()
    dealt: Ints = rng.permutation(np.arange(codes.max(initial=-1) + 1) % FOLDS)[codes]
    return dealt
