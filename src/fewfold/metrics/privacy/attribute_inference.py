"""Guessing one value of a patient from the others, with the synthetic rows."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, Interval
from fewfold.metrics.privacy.exchange import ExchangeMetric, Patients, Statistic, two_means

MOST_ROWS = 500
BLOCK = 100_000  # distances held at once


class AttributeInference(ExchangeMetric):
    """How much better a value is guessed for training patients than for patients whom the method never saw. Each
    sensitive variable (each variable, the target too, where none is sensitive) is guessed from all others, by the value
    of the synthetic row that is nearest in them. A level guessed right counts 1; a number counts 1 less its error in
    SDs, and 0 beyond 1 SD. What can be guessed of anybody is what the disease tells, and no leak: 0 is no gain over
    non-members.

    The null deals the patients anew to train and holdout. Interval: Welch's t over patients. ``details``: the gain for
    each variable.
    """

    card = MetricCard(
        name="attribute_inference",
        title="Attribute inference, gain over non-members",
        family="privacy",
        question="Do the synthetic rows tell more of training patients than of others?",
        better="lower",
        bounds=(-1.0, 1.0),
        finding="FF305",
        stand_in="fresh",
        equal_size=False,
        most_rows=MOST_ROWS,
        references=("10.56553/popets-2023-0055", "10.1093/biomet/34.1-2.28"),
    )

    def statistic(self, patients: Patients) -> Statistic:
        """The difference of the mean success of the two sides."""
        per_patient = _average(_success(patients))

        def gain(members: Bools) -> Floats:
            return two_means(per_patient, members)

        return gain

    def _interval(self, comparison: Comparison, value: float, rng: Rng) -> Interval:
        patients = Patients.of(comparison)
        per_patient = _average(_success(patients))
        half = _welch(per_patient[patients.members], per_patient[~patients.members])
        return Interval(max(-1.0, value - half), min(1.0, value + half))

    def _details(self, comparison: Comparison) -> dict[str, float]:
        patients = Patients.of(comparison)
        out = {}
        for variable, column in zip(_guessed(comparison), _success(patients).T, strict=True):
            sides = [column[mark & ~np.isnan(column)] for mark in (patients.members, ~patients.members)]
            if all(map(len, sides)):
                out[variable.name] = float(sides[0].mean() - sides[1].mean())
        return out


def _guessed(comparison: Comparison) -> list[Variable]:
    variables = comparison.train.schema.modelled
    return [v for v in variables if v.role == "sensitive"] or list(variables)


def _average(success: Floats) -> Floats:
    """(patients,) mean over the variables that a patient has; the overall mean where there is none."""
    known = ~np.isnan(success)
    if not known.any():
        raise NotApplicable("no value is known that could be guessed")
    rows = known.any(axis=1)
    out = np.full(len(success), success[known].mean())
    out[rows] = np.nanmean(success[rows], axis=1)
    return out


def _success(patients: Patients) -> Floats:
    """(patients, variables) how well each value is guessed; NaN where it is missing. Rows of a patient are averaged."""
    real, made = patients.modelled, patients.comparison.synthetic.modelled
    variables = patients.comparison.train.schema.modelled
    names = {v.name for v in _guessed(patients.comparison)}
    wanted = [j for j, v in enumerate(variables) if v.name in names]
    spread = np.array([1.0 if v.discrete else _sd(made[:, j]) for j, v in enumerate(variables)])
    discrete = np.array([v.discrete for v in variables])
    success = np.full((len(real), len(wanted)), np.nan)
    step = max(1, BLOCK // len(made))
    for start in range(0, len(real), step):
        rows = slice(start, start + step)
        guesses = made[_nearest_without(real[rows] / spread, made / spread, discrete, wanted), wanted]
        error = np.abs(real[rows][:, wanted] - guesses) / spread[wanted]
        error = np.where(discrete[wanted], error > 0, np.minimum(error, 1.0))
        error = np.where(np.isnan(guesses), 1.0, error)
        success[rows] = np.where(np.isnan(real[rows][:, wanted]), np.nan, 1.0 - error)
    return np.column_stack([_mean_of_patient(column, patients) for column in success.T])


def _nearest_without(real: Floats, made: Floats, discrete: Bools, wanted: list[int]) -> Floats:
    """(rows, wanted) position of the synthetic row that is nearest in all variables but the wanted one."""
    parts = {j: _apart(real[:, j], made[:, j], discrete[j]) for j in wanted}
    total = sum((_apart(real[:, j], made[:, j], discrete[j]) for j in range(real.shape[1]) if j not in parts), 0.0)
    total = total + sum(parts.values(), 0.0)
    return np.column_stack([(total - part).argmin(axis=1) for part in parts.values()])


def _apart(real: Floats, made: Floats, discrete: np.bool_) -> Floats:
    """(rows, made) squared distance in one variable: 2 where levels differ or one of the two is missing."""
    difference = real[:, None] - made[None, :]
    apart = 2.0 * (difference != 0) if discrete else difference**2
    unknown = np.isnan(difference)
    if unknown.any():
        apart[unknown] = 2.0 * (np.isnan(real)[:, None] != np.isnan(made)[None, :])[unknown]
    out: Floats = apart
    return out


def _sd(column: Floats) -> float:
    known = column[~np.isnan(column)]
    spread = float(known.std()) if len(known) else 0.0
    return spread if spread > 0 else 1.0


def _mean_of_patient(column: Floats, patients: Patients) -> Floats:
    known = ~np.isnan(column)
    count = np.bincount(patients.subjects[known], minlength=len(patients.members))
    total = np.bincount(patients.subjects[known], column[known], minlength=len(patients.members))
    out: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return out


def _welch(ours: Floats, theirs: Floats) -> float:
    """Half the width of Welch's 95 % interval of the difference of two means."""
    from scipy.special import stdtrit

    a, b = ours.var(ddof=1) / len(ours), theirs.var(ddof=1) / len(theirs)
    if a + b == 0:
        return 0.0
    freedom = (a + b) ** 2 / (a**2 / (len(ours) - 1) + b**2 / (len(theirs) - 1))
    return float(stdtrit(freedom, 0.975) * np.sqrt(a + b))
