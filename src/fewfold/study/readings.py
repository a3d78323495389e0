"""Which metrics lie beyond what real data show, judged together: a study of fresh real rows seldom raises any finding.

Each metric is standardised by its own null, real against real. The largest of them over all metrics, re-split by
re-split, is the null of the worst metric, and its 95 % quantile the limit for all: the max-T method of Westfall and
Young (1993, Resampling-based multiple testing). A limit for each metric alone would alarm in most studies of good data.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fewfold.core.types import Floats
from fewfold.metrics.base import METRICS

LEVEL = 0.95  # of studies of fresh real rows that raise no finding
NEGLIGIBLE = 0.01  # what a share may be where the null is one single number
FEWEST_DRAWS = 20  # re-splits with a number, below which a metric is not judged


def beyond(values: Mapping[str, float], nulls: Mapping[str, Floats], *, arms: int = 1) -> dict[str, bool]:
    """For each metric with a finding on its card: whether its value lies beyond what real data show.

    ``arms`` are judged in one study, each at its share of the level, as far as the number of re-splits allows.
    ``nulls`` holds (re-splits,) values of each metric on the same re-splits, NaN where one gives no number. A metric
    without a value or with too few re-splits is left out.
    """
    judged = [
        name
        for name in values
        if METRICS.get(name).card.finding
        and np.isfinite(values[name])
        and np.isfinite(nulls.get(name, np.empty(0))).sum() >= FEWEST_DRAWS
    ]
    if not judged:
        return {}
    scales = {name: _Scale(name, nulls[name]) for name in judged}
    worst = np.nanmax([scales[name](nulls[name]) for name in judged], axis=0)
    limit = _upper(worst[np.isfinite(worst)], 1 - (1 - LEVEL) / arms)
    return {name: bool(scales[name](np.array([values[name]]))[0] > limit) for name in judged}


class _Scale:
    """How far a value lies on the bad side of the middle of its null, in root mean squares of that side."""

    def __init__(self, name: str, null: Floats) -> None:
        self.card = METRICS.get(name).card
        known = self._badness(null[np.isfinite(null)])
        self.middle = float(np.median(known))
        bad = known[known >= self.middle] - self.middle
        spread = float(np.sqrt(np.mean(bad**2)))
        self.unit = spread if spread > 1e-9 else NEGLIGIBLE

    def __call__(self, values: Floats) -> Floats:
        return (self._badness(values) - self.middle) / self.unit

    def _badness(self, values: Floats) -> Floats:
        if self.card.best is not None:
            return np.abs(values - self.card.best)
        return values if self.card.better == "lower" else -values


def _upper(worst: Floats, level: float) -> float:
    """The order statistic that a further draw exceeds with probability 1 - ``level`` or a little less."""
    rank = min(len(worst), int(np.ceil(level * (len(worst) + 1))))
    return float(np.sort(worst)[rank - 1])
