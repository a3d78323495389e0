"""Which metrics lie beyond what real data show, judged together: a study of fresh real rows seldom raises any finding.

Each metric is read as a normal score of its own null, real against real. The largest of them over all metrics, re-split
by re-split, is the null of the worst metric, and its 96 % quantile the limit for all: the max-T method of Westfall and
Young (1993, Resampling-based multiple testing). A limit for each metric alone would alarm in most studies of good data.
Without the normal scores a metric whose null has a long tail would set the limit for all others.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from fewfold.core.types import Floats
from fewfold.metrics.base import METRICS

# Of studies of fresh real rows, as far as re-splits can tell, that raise no finding. Re-splits of the same patients are
# a little more alike than fresh patients are: 96 % here were about 95 % where it was measured (docs: error rates).
LEVEL = 0.96
NEGLIGIBLE = 0.01  # what a share may be where the null is one single number
TINY = 1e-9  # a spread below which a null is one single number
LEAST_SKEW = 1e-3  # below which a null is read as symmetric
MOST_SKEW = 2.0  # that of an exponential: what few re-splits show beyond it is not believed
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
    worst = np.nanmax([scale.draws() for scale in scales.values()], axis=0)
    limit = _upper(worst[np.isfinite(worst)], 1 - (1 - LEVEL) / arms)
    return {name: scale.value(values[name]) > limit for name, scale in scales.items()}


class _Scale:
    """How far a value lies on the bad side of its null, as a normal score.

    The null is read as a gamma distribution with its mean, standard deviation and skewness, and a value by the cube
    root of Wilson and Hilferty (10.1073/pnas.17.12.684), which makes it normal. A re-split is read by the moments of
    the *other* re-splits, as a value is read by a null that it had no part in: a draw that widens the scale it is read
    by looks nearer than it is, and the limit would be too low.
    """

    def __init__(self, name: str, null: Floats) -> None:
        self.card = METRICS.get(name).card
        self.null = self._badness(null)
        self.mean = float(np.nanmean(self.null))

    def value(self, value: float) -> float:
        off = self.null - self.mean
        spread = _unit(np.nanvar(self.null))
        skewness = np.nanmean(off**3) / spread**3
        return float(_normal((self._badness(np.asarray(value)) - self.mean) / spread, skewness))

    def draws(self) -> Floats:
        """(re-splits,) each draw by the moments of the others, in closed form."""
        off, n = self.null - self.mean, np.isfinite(self.null).sum()
        others = n - 1
        shift = off / others  # from the mean of the others to that of all
        squares = (np.nansum(off**2) - off**2) / others  # about the mean of all
        cubes = (np.nansum(off**3) - off**3) / others
        spread = _unit(squares - shift**2)
        skewness = (cubes + 3 * shift * squares - 2 * shift**3) / spread**3
        return _normal((off + shift) / spread, skewness)

    def _badness(self, values: Floats) -> Floats:
        if self.card.best is not None:
            return np.abs(values - self.card.best)
        return values if self.card.better == "lower" else -values


def _normal(standardised: Floats, skewness: ArrayLike) -> Floats:
    """The normal score of a value in standard deviations from the mean of a distribution of this skewness."""
    skew = np.clip(skewness, -MOST_SKEW, MOST_SKEW)
    symmetric = np.abs(skew) < LEAST_SKEW
    g = np.where(symmetric, 1.0, skew)
    scores = 6 / g * (np.cbrt(1 + g * standardised / 2) - 1) + g / 6
    return np.where(symmetric, standardised, scores)


def _unit(variance: ArrayLike) -> Floats:
    """The standard deviation, or what is negligible where the null is one single number."""
    spread = np.sqrt(np.maximum(variance, 0))
    return np.where(spread > TINY, spread, NEGLIGIBLE)


def _upper(worst: Floats, level: float) -> float:
    """The order statistic that a further draw exceeds with probability 1 - ``level`` or a little less."""
    rank = min(len(worst), int(np.ceil(level * (len(worst) + 1))))
    return float(np.sort(worst)[rank - 1])
