"""Principal components: a mean, the directions in which rows differ most, and how much they differ along each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats

NOTHING = 1e-10  # of the largest standard deviation: below, a direction is rounding


@dataclass(frozen=True, eq=False)
class Components:
    """``mean``: (p,). ``axes``: (k, p), orthonormal rows, the largest spread first, the largest entry of each positive.
    ``sd``: (k,) the standard deviation along each, with n - 1."""

    mean: Floats
    axes: Floats
    sd: Floats

    @classmethod
    def of(cls, rows: Floats, share: float) -> Self:
        """Of (n, p) rows, n at least 2: as few components as hold a ``share`` of the variance, by singular values."""
        if not np.isfinite(rows).all():
            raise BadInput(
                expected="images of finite numbers",
                found=f"{int((~np.isfinite(rows)).sum())} values that are not",
                fix="Fill them in, or leave those images out.",
            )
        mean = rows.mean(axis=0)
        _, spread, axes = np.linalg.svd(rows - mean, full_matrices=False)
        size = max(float(np.abs(rows).max(initial=0.0)), float(spread[0]))
        kept = int((spread > NOTHING * size).sum())
        told = np.cumsum(spread[:kept] ** 2)
        if kept:
            kept = min(kept, 1 + int(np.searchsorted(told, share * told[-1] * (1 - 1e-12))))
        axes = axes[:kept]
        signs = np.sign(np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1))
        return cls(mean, axes * signs, spread[:kept] / np.sqrt(len(rows) - 1))

    def draw(self, limit: float, rng: Rng) -> Floats:
        """(k,) coefficients from a normal distribution with the standard deviation of each component, truncated at
        ``limit`` standard deviations."""
        from scipy.special import ndtr, ndtri

        low = ndtr(-limit)
        drawn: Floats = self.sd * np.clip(ndtri(low + (1 - 2 * low) * rng.random(len(self.sd))), -limit, limit)
        return drawn

    def away(self, coefficients: Floats) -> Floats:
        """(p,) how far from the mean the coefficients lead."""
        moved: Floats = coefficients @ self.axes
        return moved


def check_spread(share: float, limit: float, strength: float) -> None:
    """Raise ``BadInput`` unless the parameters of a model of components can be used."""
    if not (0 < share <= 1 and 0 < limit < np.inf and 0 < strength < np.inf):
        raise BadInput(
            expected="a share above 0 and up to 1, and a limit and a strength above 0",
            found=f"share={share!r}, limit={limit!r}, strength={strength!r}",
            fix="Pass share=0.95, limit=3.0 and strength=1.0, say.",
        )
