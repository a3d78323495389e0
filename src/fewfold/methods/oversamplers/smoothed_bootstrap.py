"""Smoothed bootstrap: rows drawn from a kernel density estimate of each class."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import ALL_TARGETS, MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.methods.base import Drawn
from fewfold.methods.rowwise import RowMethod, as_recorded, continuous


class SmoothedBootstrap(RowMethod):
    """A training row drawn again and moved by a kernel of the class (of all rows where there are no classes).

    Numbers and dates move by a normal kernel with the covariance of the class and Silverman's bandwidth, times
    ``bandwidth``, then towards the class mean, so that mean and covariance of the class are kept (Silverman and Young).
    A level is drawn anew with probability ``bandwidth`` / n, n rows of the class, from the levels of the class: the
    kernel of Aitchison and Aitken, with the class's own levels in place of the uniform. What is missing stays missing.
    ``bandwidth=0`` is duplication.
    """

    card = MethodCard(
        name="smoothed_bootstrap",
        title="Smoothed bootstrap",
        family="oversampler",
        summary="Training rows moved by a kernel of their class, class mean and covariance kept.",
        targets=ALL_TARGETS,
        may_destroy=("point masses", "skewness", "identities between columns"),
        cost="milliseconds",
        references=("10.1093/biomet/74.3.469", "10.1093/biomet/63.3.413", "10.1007/s10618-012-0295-5"),
    )

    def __init__(self, *, bandwidth: float = 1.0) -> None:
        self.bandwidth = bandwidth

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        rows, drawn = self._draw_rows(labels, n, rng), []
        classes = np.zeros(len(self.values)) if labels is None else self.values[:, -1]
        wanted = np.zeros(n) if labels is None else labels
        for code in np.unique(wanted):
            drawn.append(self._moved(self.values[classes == code], self.values[rows[wanted == code]], rng))
        values = as_recorded(np.concatenate(drawn), self.values, self.schema.modelled)
        return Drawn(values, rows[:, None], follow_up=self._followed(rows))

    def _moved(self, within: Floats, base: Floats, rng: Rng) -> Floats:
        """Rows ``base``, each moved by the kernel of the class whose rows are ``within``."""
        moved, out = continuous(self.schema.modelled), base.copy()
        out[:, moved] = _kernel(within[:, moved], base[:, moved], self.bandwidth, rng)
        for j in np.setdiff1d(np.arange(base.shape[1]), moved):
            out[:, j] = _relevelled(within[:, j], base[:, j], self.bandwidth / len(within), rng)
        return out


def _kernel(within: Floats, base: Floats, factor: float, rng: Rng) -> Floats:
    """``base`` moved by normal noise with the covariance of ``within``, then shrunk towards its mean."""
    known = ~np.isnan(within)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, within, 0.0).sum(axis=0) / count
    centred = np.where(known, within - mean, 0.0) / np.sqrt(count)
    width = factor * silverman(len(within), int((centred != 0.0).any(axis=0).sum()))
    noise = rng.standard_normal((len(base), len(within))) @ centred
    moved: Floats = mean + (base - mean + width * noise) / np.sqrt(1.0 + width**2)
    return moved


def silverman(n: int, dimensions: int) -> float:
    """Silverman's bandwidth for normal kernels in units of the SD: (4 / (n (d + 2)))^(1 / (d + 4))."""
    return float((4.0 / (n * (dimensions + 2.0))) ** (1.0 / (dimensions + 4.0)))


def _relevelled(within: Floats, base: Floats, probability: float, rng: Rng) -> Floats:
    known = within[~np.isnan(within)]
    redrawn = (rng.random(len(base)) < probability) & ~np.isnan(base)
    out = base.copy()
    out[redrawn] = known[rng.integers(max(len(known), 1), size=int(redrawn.sum()))]
    return out
