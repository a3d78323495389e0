"""How much privacy Gaussian noise costs: zero-concentrated differential privacy, its sum, and what it means.

A mechanism with rho-zCDP (Bun and Steinke 2016, 10.1007/978-3-662-53641-4_24) has (epsilon, delta)-DP for every
epsilon, with the delta of Canonne, Kamath and Steinke 2020 (arXiv 2004.00010, Corollary 13).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp, inf, log, log1p, sqrt
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats

STEPS = 64  # halvings of a bracket
GRID = 1024  # steps of what is released in one standard deviation of its noise
LEAST_LOG = -700.0  # of alpha - 1; the exponential of less is no longer a normal float


def gaussian_rho(sensitivity: float, sigma: float) -> float:
    """The rho of a statistic whose L2 norm one patient changes by ``sensitivity`` at most, with noise of SD ``sigma``
    on each entry (Bun and Steinke 2016, Proposition 1.6)."""
    return sensitivity**2 / (2 * sigma**2)


def gaussian_sigma(sensitivity: float, rho: float) -> float:
    """The inverse of :func:`gaussian_rho`."""
    return sensitivity / sqrt(2 * rho)


def choice_epsilon(rho: float) -> float:
    """The epsilon of an exponential mechanism that costs ``rho`` (Cesar and Rogers 2021, arXiv 2004.07223: its range
    is bounded, so that rho is epsilon squared over 8)."""
    return sqrt(8 * rho)


def delta_of(rho: float, epsilon: float) -> float:
    """The least delta, over all orders alpha, such that rho-zCDP gives (epsilon, delta)-DP."""
    if rho == 0:
        return 0.0

    def rising(log_excess: float) -> bool:  # the derivative by alpha of the logarithm of delta, which is convex
        excess = exp(log_excess)
        return (1 + 2 * excess) * rho - epsilon + log_excess - log1p(excess) >= 0

    low = max(LEAST_LOG, -3 * rho - 1)
    excess = exp(_threshold(rising, low, log(epsilon / (2 * rho) + 1 / (2 * rho) + 2)))
    exponent = excess * ((1 + excess) * rho - epsilon) + (1 + excess) * (log(excess) - log1p(excess)) - log(excess)
    return exp(min(0.0, exponent))


@cache
def epsilon_of(rho: float, delta: float) -> float:
    """The least epsilon such that rho-zCDP gives (epsilon, delta)-DP, from above."""
    return _threshold(lambda epsilon: delta_of(rho, epsilon) <= delta, 0.0, rho + 2 * sqrt(rho * log(1 / delta)))


@cache
def rho_of(epsilon: float, delta: float) -> float:
    """The largest rho such that rho-zCDP gives (epsilon, delta)-DP, from below.

    Raises ``BadInput`` unless epsilon is positive and finite and delta lies between 0 and 1.
    """
    if not (0 < epsilon < inf and 0 < delta < 1):
        raise BadInput(
            expected="an epsilon above 0 and a delta between 0 and 1",
            found=f"epsilon={epsilon:g}, delta={delta:g}",
            fix="Pass epsilon=3.0, delta=1e-5, for example: delta well below 1 over the number of patients.",
        )
    high = 1.0
    while delta_of(high, epsilon) <= delta:
        high *= 2
    return -_threshold(lambda negative: delta_of(-negative, epsilon) <= delta, -high, 0.0)


def _threshold(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where ``holds`` turns true on the way from ``low`` to ``high``, by bisection; it is true at what is returned."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


class Account:
    """A budget of (epsilon, delta). All noise is added here, and what it costs is written down; rho adds up.

    ``rho``: the whole budget. ``parts``: what was spent, by the name of the part.
    """

    def __init__(self, epsilon: float, delta: float) -> None:
        self.rho, self.delta = rho_of(epsilon, delta), delta
        self.parts: dict[str, float] = {}

    def noised(self, part: str, exact: Floats, sensitivity: float, rho: float, rng: Rng) -> Floats:
        """``exact`` with Gaussian noise that costs ``rho``, where one patient changes it by ``sensitivity`` (L2).

        The sum is rounded to a 1024th of the noise, so that its last bits do not tell what was added to what
        (Mironov 2012, 10.1145/2382196.2382264).
        """
        self._spend(part, rho)
        sigma = gaussian_sigma(sensitivity, rho)
        noisy: Floats = np.round((exact + sigma * rng.standard_normal(exact.shape)) * (GRID / sigma)) * (sigma / GRID)
        return noisy

    def chosen(self, part: str, scores: Floats, sensitivity: float, rho: float, rng: Rng) -> int:
        """The position of a large one of ``scores`` (k,), of which one patient changes each by ``sensitivity`` at most,
        by the exponential mechanism (McSherry and Talwar 2007, 10.1109/FOCS.2007.66) at a cost of ``rho``."""
        self._spend(part, rho)
        return int(np.argmax(choice_epsilon(rho) / (2 * sensitivity) * scores + rng.gumbel(size=len(scores))))

    def _spend(self, part: str, rho: float) -> None:
        spent = sum(self.parts.values()) + rho
        if rho <= 0 or spent > self.rho * (1 + 1e-9):
            raise RuntimeError(f"{part} asks for rho {rho:g}; {spent:g} would be spent of {self.rho:g}")
        self.parts[part] = self.parts.get(part, 0.0) + rho

    @property
    def spent(self) -> dict[str, Any]:
        """``epsilon`` and ``delta`` of all that was released, and ``rho`` by part."""
        total = sum(self.parts.values())
        return {"epsilon": epsilon_of(total, self.delta), "delta": self.delta, "rho": dict(self.parts)}
