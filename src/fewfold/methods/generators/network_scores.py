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
class Prior:
    """Of a regression on p columns: ``diagonal``, (p + 1,), holds the precisions of the coefficients in units of the
    variance, and twice the rate of the inverse gamma, of which ``shape`` is the shape."""

    diagonal: Floats
    shape: float


@cache
def bge_prior(strength: float, shifts: int, slopes: int) -> Prior:
    """The prior of a regression on ``shifts`` constants or indicators and ``slopes`` numbers, all of variance 1.

    With strength s the prior of the joint normal has s observations of the mean, s + 2 degrees of freedom for one
    variable, and a scale at which one variable, seen by itself, has variance 1.
    """
    scale = strength**2 / (strength + 1)
    return Prior(np.repeat([strength, scale], [shifts, slopes + 1]), (strength + 2 + slopes) / 2)


def bge(gram: Floats, rows: Floats, prior: Prior) -> float:
    """The log marginal likelihood of k regressions.

    ``gram``: (k, p + 1, p + 1) weighted sums of products of the columns, the outcome last. ``rows``: (k,) their weight.
    """
    root = np.linalg.cholesky(gram + np.diag(prior.diagonal))
    logs = 2 * np.log(np.diagonal(root, axis1=1, axis2=2))  # the last: of twice the posterior rate
    volume = np.log(prior.diagonal[:-1]).sum() - logs[:, :-1].sum(axis=1)
    shape = prior.shape + rows / 2
    evidence = (volume - rows * np.log(np.pi)) / 2 + gammaln(shape) - gammaln(prior.shape)
    return float((evidence + prior.shape * np.log(prior.diagonal[-1]) - shape * logs[:, -1]).sum())


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


def regress(gram: Floats, rows: Floats, prior: Prior) -> Regression:
    """The posterior; ``gram`` and ``rows`` as for :func:`bge`."""
    whole = gram + np.diag(prior.diagonal)
    spread = np.asarray(np.linalg.inv(whole[:, :-1, :-1]), dtype=np.float64)
    mean = (spread @ whole[:, :-1, -1:])[:, :, 0]
    rest = whole[:, -1, -1] - (whole[:, :-1, -1] * mean).sum(axis=1)
    return Regression(mean, spread, prior.shape + rows / 2, rest / 2)
