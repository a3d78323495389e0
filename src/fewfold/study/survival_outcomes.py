"""From predicted survival curves to scores with their uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fewfold.core.types import Floats
from fewfold.metrics.utility.survival.scores import brier_terms, c_index, comparable, ranked_rightly, risk_of
from fewfold.study.intervals import Sampled

if TYPE_CHECKING:
    from fewfold.study.outcomes import Predicted


def lost(predicted: Predicted, p: Floats) -> Floats:
    """(repeats, patients) what each patient adds to the integrated Brier score; ``p`` (repeats, patients, times)."""
    at = np.array(predicted.times)
    return np.stack([brier_terms(predicted.y, curves, at, predicted.y) for curves in p])


def concordance(predicted: Predicted, p: Floats) -> Sampled:
    """The C-index of one arm and learner, on folds and on bootstrap samples of patients: pairs that are tested together
    alone, as with the AUROC."""
    risks = risk_of(p)
    values = np.array([c_index(predicted.y[rows], risks[r, rows]) for r, rows in predicted.tests])
    known = comparable(predicted.y)
    right, times = np.zeros(known.shape), np.zeros(known.shape)
    for fold, risk in zip(predicted.folds, risks, strict=True):
        together = known & (fold[:, None] == fold[None])
        times += together
        right += together * ranked_rightly(risk)
    counts = predicted.pair_counts
    above, there = (((counts @ pairs) * counts).sum(axis=1) for pairs in (right, times))
    share = np.divide(above, there, out=np.full(len(counts), np.nan), where=there > 0)
    finite = values[np.isfinite(values)]
    estimate = float(finite.mean()) if len(finite) else float("nan")
    return Sampled(estimate, values, share - right.sum() / max(times.sum(), 1))
