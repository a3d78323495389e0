"""Membership attack by a ratio of densities (DOMIAS)."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.types import Floats, Ints
from fewfold.metrics.distances import to_kth_other
from fewfold.metrics.privacy.attack import MOST_ROWS, Attack
from fewfold.metrics.privacy.exchange import Patients

BANDWIDTH = 0.5  # of the median distance between a patient and the nearest other one
LEAST = -300.0  # exponents below add nothing, and are slow to add
BLOCK = 1_000_000  # distances held at once


class MembershipDensity(Attack):
    """AUROC of an attack that takes a patient for a member where synthetic rows are dense and other people are not
    (DOMIAS, van Breugel 2023): the log ratio of two Gaussian kernel densities, that of the synthetic rows and that of
    all other real patients, who stand for the population that the attacker knows. The patient who is judged is never
    part of the reference. The bandwidth is half the median distance between nearest patients, which works in 20
    columns with 30 patients; scales are those of the synthetic rows.

    Null and interval as in ``membership_nearest``. Judged by ``membership``, the maximum over attacks.
    """

    card = MetricCard(
        name="membership_density",
        title="Membership by density ratio (AUROC)",
        family="privacy",
        question="Are synthetic rows denser about training patients than people are?",
        better="lower",
        bounds=(0.0, 1.0),
        stand_in="fresh",
        equal_size=False,
        most_rows=MOST_ROWS,
        references=("https://proceedings.mlr.press/v206/breugel23a.html", "10.2307/2531595"),
    )

    def scores(self, patients: Patients) -> Floats:
        """Log density of the synthetic rows less that of people."""
        real, synthetic = patients.encoded
        apart = to_kth_other(real, patients.subjects, 1)
        apart = apart[apart > 0]
        width = BANDWIDTH * float(np.median(apart)) if len(apart) else 1.0
        nobody = np.full(len(synthetic), -1)
        about = log_density(real, synthetic, width, patients.subjects, nobody)
        return about - log_density(real, real, width, patients.subjects, patients.subjects)


def log_density(points: Floats, among: Floats, width: float, of: Ints, not_of: Ints) -> Floats:
    """(n,) log of the mean Gaussian kernel of that width between each point and ``among``, up to a constant; rows of
    the point's own subject are left out (``of`` and ``not_of`` name the subjects). A block of points at a time."""
    out, step = np.empty(len(points)), max(1, BLOCK // len(among))
    centre, scale = among.mean(axis=0), width * np.sqrt(2.0)
    x, y = (points - centre) / scale, (among - centre) / scale
    lengths = (y**2).sum(axis=1)
    for start in range(0, len(x), step):
        rows = slice(start, start + step)
        exponent = 2 * x[rows] @ y.T - lengths - (x[rows] ** 2).sum(axis=1, keepdims=True)
        own = of[rows, None] == not_of
        exponent[own] = -np.inf
        top = exponent.max(axis=1, keepdims=True)
        sums = np.exp(np.maximum(exponent - top, LEAST)).sum(axis=1)
        out[rows] = top[:, 0] + np.log(sums / (len(among) - own.sum(axis=1)))
    return out
