"""How likely the rows make a family (a variable and its parents), parameters integrated out.

Levels are counted, with the uniform Dirichlet prior of BDeu (Heckerman, Geiger and Chickering 1995,
10.1007/BF00994016). Numbers are regressed, with a normal-inverse-gamma prior that is the normal-Wishart prior of BGe
seen from one variable (Geiger and Heckerman 2002, 10.1214/aos/1035844981; Kuipers, Moffa and Heckerman 2014,
10.1214/14-AOS1217), so that graphs that say the same score the same. Both take the prior's strength in patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import gammaln

from fewfold.core.types import Floats


def bdeu(counts: Floats, configurations: int, strength: float) -> float:
    """The log marginal likelihood of ``counts``, (k, levels) of the configurations of the parents that occur, of
    ``configurations`` that there are."""
    row, cell = strength / configurations, strength / (configurations * counts.shape[1])
    by_row = gammaln(row) - gammaln(row + counts.sum(axis=1))
    return float(by_row.sum() + (gammaln(cell + counts) - gammaln(cell)).sum())


@dataclass(frozen=True)
class Regression:
    """The normal-inverse-gamma of k regressions on p columns: ``mean`` (k, p) of the coefficients, ``spread``
    (k, p, p) their covariance in units of the variance, and ``shape`` (k,) and ``rate`` (k,) of the inverse gamma."""

    mean: Floats
    spread: Floats
    shape: Floats
    rate: Floats

    @property
    def parts(self) -> tuple[Floats, ...]:
        """All arrays, in order."""
        return self.mean, self.spread, self.shape, self.rate

    def followed_by(self, other: Regression) -> Regression:
        """The regressions of both."""
        return Regression(*(np.concatenate(pair) for pair in zip(self.parts, other.parts, strict=True)))


@cache
def bge_prior(strength: float, shifts: int, slopes: int) -> Regression:
    """The prior of one regression on ``shifts`` constants or indicators and ``slopes`` numbers, all of variance 1.

    With strength s the prior of the joint normal has s observations of the mean, s + 2 + slopes degrees of freedom, and
    a scale at which one variable, seen by itself, has variance 1.
    """
    scale = strength**2 / (strength + 1)
    precision = np.repeat([strength, scale], [shifts, slopes])
    shape = (strength + 2 + slopes) / 2
    return Regression(
        np.zeros((1, len(precision))), np.diag(1 / precision)[None], np.array([shape]), np.array([scale / 2])
    )


def regress(gram: Floats, rows: Floats, prior: Regression) -> tuple[Regression, float]:
    """The posterior of k regressions, and the log marginal likelihood of all together.

    ``gram``: (k, p + 1, p + 1) weighted sums of products of the columns, the outcome last. ``rows``: (k,) their weight.
    """
    p = gram.shape[1] - 1
    precision = 1 / np.diagonal(prior.spread[0])
    inner = gram[:, :p, :p] + np.diag(precision)
    spread = np.asarray(np.linalg.inv(inner), dtype=np.float64)
    mean = (spread @ gram[:, :p, p:])[:, :, 0]
    rest = gram[:, p, p] - (gram[:, :p, p] * mean).sum(axis=1)
    shape = prior.shape + rows / 2
    rate = prior.rate + rest.clip(0.0) / 2
    volume = np.log(precision).sum() - np.linalg.slogdet(inner)[1]
    evidence = (volume - rows * np.log(2 * np.pi)) / 2 + gammaln(shape) - gammaln(prior.shape)
    evidence += prior.shape * np.log(prior.rate) - shape * np.log(rate)
    return Regression(mean, spread, shape, rate), float(evidence.sum())
