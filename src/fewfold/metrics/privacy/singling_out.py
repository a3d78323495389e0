"""Conditions read from the synthetic rows that hold for exactly one patient."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.metrics.base import Comparison, Interval
from fewfold.metrics.privacy.exchange import ExchangeMetric, Patients, Statistic

MOST_ROWS = 1_000
CONDITIONS = 200
WINDOW = 0.2  # SD to both sides
MARGIN = 3  # windows within which other synthetic rows count as alike


class SinglingOut(ExchangeMetric):
    """Share of the conditions read from synthetic rows that hold for exactly one training patient, less the share that
    hold for exactly one patient of as many whom the method never saw (Giomi 2023, with a control of the same size).

    Conditions on one column: at or beyond its largest or smallest synthetic value, or a level that one row has. On
    several: the values of a synthetic row (numbers within 0.2 SD), column by column until no other synthetic row comes
    within three times that in all of them. Where the two sides differ in size, the larger counts as a random part of it
    does, in expectation over all of them.

    The null deals the patients anew to train and holdout. Interval: jackknife over real patients, the conditions taken
    as given.
    """

    card = MetricCard(
        name="singling_out",
        title="Singling out, gain over non-members",
        family="privacy",
        question="Do conditions read from synthetic rows single out training patients?",
        better="lower",
        bounds=(-1.0, 1.0),
        finding="FF306",
        stand_in="fresh",
        equal_size=False,
        most_rows=MOST_ROWS,
        references=("10.56553/popets-2023-0055",),
    )

    def statistic(self, patients: Patients) -> Statistic:
        """The difference of the two shares."""
        held = _held(patients)
        ours = int(patients.members.sum())
        sizes = (ours, len(patients.members) - ours)
        tables = [one_of(size, min(sizes)) for size in sizes]
        total = held.sum(axis=1, keepdims=True)

        def gain(members: Bools) -> Floats:
            counts = held @ members.T
            sides = [
                table[np.rint(count).astype(np.int64)]
                for table, count in zip(tables, (counts, total - counts), strict=True)
            ]
            difference: Floats = (sides[0] - sides[1]).mean(axis=0)
            return difference

        return gain

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        from scipy.special import stdtrit

        patients = Patients.of(comparison)
        held = _held(patients)
        sides = [held[:, side] for side in (patients.members, ~patients.members)]
        least = min(side.shape[1] for side in sides)
        half = float(stdtrit(least - 1, 0.975) * np.sqrt(sum(_jackknifed(side, least) for side in sides)))
        return Interval(max(-1.0, value - half), min(1.0, value + half))


def _jackknifed(held: Floats, drawn: int) -> float:
    """The variance of the share of conditions that hold for exactly one of a side, each patient left out once."""
    n = held.shape[1]
    left = np.rint(held.sum(axis=1, keepdims=True) - held).astype(np.int64)
    shares = one_of(n - 1, drawn - 1)[left].mean(axis=0)
    return float((n - 1) / n * ((shares - shares.mean()) ** 2).sum())


def one_of(size: int, drawn: int) -> Floats:
    """(size + 1,) the probability that exactly one of the ``drawn`` of ``size`` patients meets a condition that 0, 1, 2
    ... of the ``size`` meet."""
    from scipy.stats import hypergeom

    out: Floats = hypergeom.pmf(1, size, np.arange(size + 1), drawn)
    return out


def _held(patients: Patients) -> Floats:
    """(conditions, patients) 1 where a condition holds for a row of the patient, else 0."""
    made, real = np.unique(patients.comparison.synthetic.matrix, axis=0), patients.matrix
    discrete = np.array([v.discrete for v in patients.comparison.train.schema.features])
    single = [c for j in range(made.shape[1]) for c in _of_column(made[:, j], real[:, j], bool(discrete[j]))]
    held = np.vstack([*single, _of_rows(made, real, discrete)])
    return patients.largest(held.T.astype(np.float64)).T


def _of_column(made: Floats, real: Floats, discrete: bool) -> list[Bools]:
    known = made[~np.isnan(made)]
    if discrete:
        levels, counts = np.unique(known, return_counts=True)
        return [real == level for level in levels[counts == 1]]
    return [real >= known.max(), real <= known.min()] if len(known) else []


def _of_rows(made: Floats, real: Floats, discrete: Bools) -> Bools:
    """Conditions of up to 200 synthetic rows; each starts at another column."""
    chosen = made[np.linspace(0, len(made) - 1, min(len(made), CONDITIONS)).astype(np.int64)]
    window = np.where(discrete, 0.0, WINDOW * _spread(made))
    order: Ints = (np.arange(len(chosen))[:, None] * _stride(made.shape[1]) + np.arange(made.shape[1])) % made.shape[1]
    holds = np.ones((len(chosen), len(real)), dtype=bool)
    alike = np.ones((len(chosen), len(made)), dtype=bool)
    for columns in order.T:
        shared = np.flatnonzero(alike.sum(axis=1) > 1)
        if not len(shared):
            break
        column = columns[shared]
        value, width = chosen[shared, column][:, None], window[column][:, None]
        holds[shared] &= _within(real.T[column], value, width)
        alike[shared] &= _within(made.T[column], value, MARGIN * width)
    return holds


def _within(cells: Floats, value: Floats, width: Floats) -> Bools:
    out: Bools = (np.abs(cells - value) <= width) | (np.isnan(cells) & np.isnan(value))
    return out


def _stride(columns: int) -> int:
    """How far the first column moves from one row to the next, so that neighbours in order start far apart."""
    return max(1, round(0.618 * columns))


def _spread(made: Floats) -> Floats:
    """SD of the known values of each column; 0 where there is none."""
    known = ~np.isnan(made)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, made, 0.0).sum(axis=0) / count
    out: Floats = np.sqrt((np.where(known, made - mean, 0.0) ** 2).sum(axis=0) / count)
    return out
