"""Combinations that only one patient has, found again in the synthetic rows."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.metrics.base import Comparison, Interval
from fewfold.metrics.privacy.exchange import ExchangeMetric, Patients, Statistic

ENOUGH = 0.5  # of the patients that are alone with their combination
MOST_ROWS = 5_000
QUARTERS = (0.25, 0.5, 0.75)


class RareCombinations(ExchangeMetric):
    """Of the training patients who are alone with a combination of coarse values among all real patients, the share
    whose combination stands in the synthetic rows, less the same share of patients whom the method never saw (the
    uniqueness of k-map, Sweeney 2002, turned to synthetic rows).

    The combination: the sensitive columns, then the others from the coarsest on, until half of the patients are alone
    with theirs; numbers and dates by quarter, missing as a level of its own. Who is alone is counted over both sides
    together, so that both are treated alike. The null deals the patients anew to train and holdout. Interval:
    Newcombe's for a difference of two shares.
    """

    card = MetricCard(
        name="rare_combinations",
        title="Rare combinations reproduced, gain over non-members",
        family="privacy",
        question="Do combinations that one training patient has stand in the synthetic rows?",
        better="lower",
        bounds=(-1.0, 1.0),
        finding="FF307",
        stand_in="fresh",
        equal_size=False,
        most_rows=MOST_ROWS,
        references=("10.1142/S0218488502001648", "10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I"),
    )

    def statistic(self, patients: Patients) -> Statistic:
        """The difference of the two shares; NaN where a side has nobody who is alone."""
        alone, stands = _alone(patients)

        def gain(members: Bools) -> Floats:
            ours, theirs = members @ alone.astype(float), (~members) @ alone.astype(float)
            hits, others = members @ stands.astype(float), (~members) @ stands.astype(float)
            with np.errstate(invalid="ignore"):
                difference: Floats = hits / ours - others / theirs
            return difference

        return gain

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        patients = Patients.of(comparison)
        alone, stands = _alone(patients)
        counts = [
            (int((stands & side).sum()), int((alone & side).sum())) for side in (patients.members, ~patients.members)
        ]
        return newcombe(*counts[0], *counts[1])


def newcombe(hits: int, n: int, other_hits: int, other_n: int) -> Interval:
    """95 % interval of the difference of two shares from their Wilson intervals (Newcombe 1998, method 10)."""
    one, other = hits / n, other_hits / other_n
    (a, b), (c, d) = _wilson(one, n), _wilson(other, other_n)
    low = one - other - np.hypot(one - a, d - other)
    return Interval(float(max(-1.0, low)), float(min(1.0, one - other + np.hypot(b - one, other - c))))


def _wilson(share: float, n: int) -> tuple[float, float]:
    z = 1.959964
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    return middle - half, middle + half


def _alone(patients: Patients) -> tuple[Bools, Bools]:
    """(patients,) who is alone with a combination, and for whom such a combination stands in the synthetic rows."""
    coarse, rows = _coarse(patients), len(patients.subjects)
    codes = np.zeros(len(coarse), dtype=np.int64)
    for j in _order(patients, coarse[:rows]):
        joined = codes * (1 + int(coarse[:, j].max())) + coarse[:, j]
        codes = np.unique(joined, return_inverse=True)[1]
        single = _holders(codes[:rows], patients.subjects)[codes[:rows]] == 1
        alone = patients.largest(single.astype(float)) > 0
        if alone.mean() >= ENOUGH:
            break
    if not alone[patients.members].any() or not alone[~patients.members].any():
        raise NotApplicable("no patient is alone with a combination of coarse values")
    found = single & np.isin(codes[:rows], codes[rows:])
    return alone, patients.largest(found.astype(float)) > 0


def _holders(codes: Ints, subjects: Ints) -> Ints:
    """How many patients hold each code."""
    people = int(subjects.max()) + 1
    out: Ints = np.bincount(np.unique(codes * people + subjects) // people)
    return out


def _order(patients: Patients, real: Ints) -> list[int]:
    features = patients.comparison.train.schema.features
    levels = [len(np.unique(column)) for column in real.T]
    return sorted(range(len(features)), key=lambda j: (features[j].role != "sensitive", levels[j]))


def _coarse(patients: Patients) -> Ints:
    """Real, then synthetic rows as codes from 0: levels, quarters of the real values, and one more for missing."""
    real, made = patients.matrix, patients.comparison.synthetic.matrix
    columns = []
    for variable, x, z in zip(patients.comparison.train.schema.features, real.T, made.T, strict=True):
        cuts = np.arange(float(len(variable.levels or ()))) if variable.discrete else _quartiles(x)
        values = np.concatenate([x, z])
        columns.append(np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values)))
    codes: Ints = np.column_stack(columns)
    return codes


def _quartiles(column: Floats) -> Floats:
    known = column[~np.isnan(column)]
    out: Floats = np.quantile(known, QUARTERS) if len(known) else np.empty(0)
    return out
