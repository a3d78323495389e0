"""Scores of a ranking on bootstrap samples of patients, for one test set: nothing is fitted or sorted again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.types import Floats
from fewfold.metrics.utility.scores import SPECIFICITY


def average_precision(y: Floats, p: Floats, counts: Floats) -> Floats:
    """(draws,) the average precision of each sample, in which patient j stands ``counts[:, j]`` times; NaN without
    positives."""
    order = np.argsort(-p, kind="stable")
    drawn = counts[:, order]
    last = np.append(np.flatnonzero(np.diff(p[order])), len(y) - 1)  # the last of each run of tied predictions
    hits, called = np.cumsum(drawn * y[order], axis=1)[:, last], np.cumsum(drawn, axis=1)[:, last]
    precision = hits / np.maximum(called, 1)
    area = np.sum(np.diff(hits, axis=1, prepend=0.0) * precision, axis=1)
    return _share(area, hits[:, -1])


def sensitivity(y: Floats, p: Floats, counts: Floats, specificity: float = SPECIFICITY) -> Floats:
    """(draws,) the sensitivity of each sample at the lowest threshold that keeps at least this specificity in it; NaN
    with one class."""
    order = np.argsort(p[y == 0], kind="stable")
    negatives, upto = p[y == 0][order], np.cumsum(counts[:, y == 0][:, order], axis=1)
    positives, drawn = p[y == 1], counts[:, y == 1]
    if not len(negatives) or not len(positives):
        return np.full(len(counts), np.nan)
    there = upto[:, -1]
    place = there - 1 - np.floor((1 - specificity) * there + 1e-9)  # of the negative that is the threshold
    threshold = negatives[np.argmax(upto > place[:, None], axis=1)]
    found = np.sum(drawn * (positives > threshold[:, None]), axis=1)
    return _share(found, np.where(there > 0, drawn.sum(axis=1), 0.0))


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return share


REDRAWN: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "auprc": average_precision,
    "sensitivity_at_90_specificity": sensitivity,
}
