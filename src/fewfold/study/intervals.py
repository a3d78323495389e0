"""Intervals and p-values for differences that come from resampling the same few patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from fewfold.core.types import Bools, Floats

DRAWS = 1000


@dataclass(frozen=True, eq=False)
class Sampled:
    """A score of one arm, or a paired difference.

    ``estimate``; ``folds`` (splits,) its value on each test fold, or empty where it is read on whole repeats only;
    ``draws`` (k,) its value on bootstrap samples of patients minus its value on the patients themselves, or empty.
    """

    estimate: float
    folds: Floats
    draws: Floats

    def __sub__(self, other: Sampled) -> Sampled:
        k = min(len(self.draws), len(other.draws))
        folds = self.folds - other.folds if len(self.folds) and len(other.folds) else np.empty(0)
        return Sampled(self.estimate - other.estimate, folds, self.draws[:k] - other.draws[:k])


@dataclass(frozen=True)
class Inferred:
    """An estimate with its interval and a two-sided p-value for zero."""

    estimate: float
    low: float
    high: float
    p: float


def mean_of(parts: list[Sampled]) -> Sampled:
    """The mean of several scores on the same splits and the same bootstrap samples, such as over learners."""
    k = min(len(p.draws) for p in parts)
    folds = [p.folds for p in parts]
    return Sampled(
        float(np.mean([p.estimate for p in parts])),
        np.mean(folds, axis=0) if all(len(f) for f in folds) else np.empty(0),
        np.mean([p.draws[:k] for p in parts], axis=0),
    )


def corrected_variance(folds: Floats, test_per_train: float) -> float:
    """Variance of the mean over resampled splits, s^2 (1/J + n_test/n_train): Nadeau & Bengio (2003),
    10.1023/A:1024068626366. The plain s^2/J ignores that training sets overlap."""
    return float(np.var(folds, ddof=1) * (1 / len(folds) + test_per_train))


def infer(sampled: Sampled, test_per_train: float, *, level: float = 0.95, freedom: float | None = None) -> Inferred:
    """The wider of the corrected resampled t interval and the patient-level bootstrap interval.

    The p-value uses the larger of the two standard errors, with the t distribution of J - 1 degrees of freedom, or of
    ``freedom`` where that is given. With one test set (``test_per_train`` 0) the folds are repeated draws of one
    split, which say nothing of other patients: then the bootstrap alone counts, and the normal distribution. Where
    nothing spreads, a difference that is not zero has no p-value.
    """
    folds = sampled.folds[np.isfinite(sampled.folds)]
    draws = sampled.draws[np.isfinite(sampled.draws)]
    tail = (1 - level) / 2
    ends, errors = [], []
    freedom = np.inf if freedom is None else freedom
    if len(folds) > 1 and test_per_train > 0:
        freedom = min(freedom, len(folds) - 1)
        errors.append(np.sqrt(corrected_variance(folds, test_per_train)))
        half = stats.t.ppf(1 - tail, freedom) * errors[-1]
        ends.append((sampled.estimate - half, sampled.estimate + half))
    if len(draws) > 1:
        errors.append(float(np.std(draws, ddof=1)))
        low, high = np.quantile(draws, [tail, 1 - tail])
        ends.append((sampled.estimate + low, sampled.estimate + high))
    nan = float("nan")
    if not ends or not np.isfinite(sampled.estimate):
        return Inferred(sampled.estimate, nan, nan, nan)
    low, high = max(ends, key=lambda pair: pair[1] - pair[0])
    error = max(errors)
    p = nan if sampled.estimate else 1.0  # without spread nothing differs, or how sure it is cannot be told
    if error > 0:
        p = 2 * stats.t.sf(abs(sampled.estimate) / error, freedom)
    return Inferred(sampled.estimate, float(low), float(high), float(p))


def holm(p: Floats) -> Floats:
    """Holm's step-down adjusted p-values (Scandinavian Journal of Statistics 1979, 6:65-70)."""
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(np.minimum(1.0, (len(p) - np.arange(len(p))) * p[order]))
    out = np.empty(len(p))
    out[order] = adjusted
    return out


def weights(patients: int, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """(draws, patients) how often each patient is drawn in each bootstrap sample."""
    counts: Floats = rng.multinomial(patients, np.full(patients, 1 / patients), size=draws).astype(np.float64)
    return counts


def weighted_pairs(pairs: Floats, positive: Bools, counts: Floats) -> Floats:
    """(draws,) the sum of ``pairs`` (positives, negatives) on bootstrap samples of the patients. Of the pairs that rank
    rightly, over the pairs there are, it is the AUROC of each sample."""
    total: Floats = ((counts[:, positive] @ pairs) * counts[:, ~positive]).sum(axis=1)
    return total
