"""Whether the visits of a patient follow each other as those of real patients do."""

from __future__ import annotations

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.metrics.base import Comparison, Metric, average
from fewfold.metrics.visits import has_order, visits_of

NOTHING = 1e-9  # a difference between ranks that is rounding


class VisitOrder(Metric):
    """How much larger the step from one visit of a patient to the next is in synthetic patients than in the holdout.

    A step is measured twice: relative to the mean difference between any two visits of the same patient (1 where the
    order of visits says nothing, less where values follow each other), and relative to the mean difference between any
    two rows of all patients (1 where a patient's visits are no nearer to each other than strangers'). The value is the
    mean of both differences to the holdout, over the features that change within real patients; 0: as in real patients.
    Values count as ranks among the training rows, so that units and outliers do not matter; categories without an
    order are left out.
    """

    card = MetricCard(
        name="visit_order",
        title="Order of visits",
        family="plausibility",
        question="Do the values of a patient follow each other from visit to visit?",
        better="lower",
        bounds=(float("-inf"), float("inf")),
        finding="FF405",
        equal_size=False,
        roles=("subject", "visit_time"),
    )

    def _value(self, comparison: Comparison, rng: Rng) -> float:
        train, real, made = comparison.train, comparison.holdout, comparison.synthetic
        visits = {"real": visits_of(real, "real", self.card), "synthetic": visits_of(made, "synthetic", self.card)}
        gaps = []
        for j, variable in enumerate(train.schema.features):
            if not has_order(variable):
                continue
            known = np.sort(train.matrix[:, j][~np.isnan(train.matrix[:, j])])
            if len(known) < 2 or known[0] == known[-1]:
                continue
            steps_real = _steps(_ranks(real.matrix[:, j], known), real.subjects, *visits["real"])
            steps_made = _steps(_ranks(made.matrix[:, j], known), made.subjects, *visits["synthetic"])
            gaps.append(average(steps_made - steps_real) if np.isfinite(steps_real).all() else float("nan"))
        return average(gaps)


def _ranks(values: Floats, known: Floats) -> Floats:
    """(n,) the share of the sorted ``known`` values that are below each value, ties counted half."""
    middle = (np.searchsorted(known, values, "left") + np.searchsorted(known, values, "right")) / (2 * len(known))
    return np.where(np.isnan(values), np.nan, middle)


def _steps(values: Floats, subjects: Ints, order: Ints, first: Bools) -> Floats:
    """(2,) the mean step between the visits of a patient, relative to that between any two of the patient's visits, and
    to that between any two rows; NaN where these are all the same."""
    kept = ~np.isnan(values[order])
    x, patient = values[order][kept], subjects[order][kept]
    if len(x) < 2:
        return np.full(2, np.nan)
    same = patient[1:] == patient[:-1]
    steps = np.abs(np.diff(x))[same]
    within, weight = _differences(x, patient)
    among, _ = _differences(x, np.zeros(len(x), dtype=np.int64))
    expected = float((weight * within).sum())
    if min(expected, among[0]) < NOTHING:
        return np.full(2, np.nan)
    return np.array([steps.sum() / expected, steps.mean() / among[0]])


def _differences(x: Floats, group: Ints) -> tuple[Floats, Floats]:
    """(g,) the mean absolute difference between two members of each group (Gini's), and (g,) its members but one."""
    order = np.lexsort((x, group))
    x, group = x[order], group[order]
    start = np.ones(len(x), dtype=bool)
    start[1:] = group[1:] != group[:-1]
    code = np.cumsum(start) - 1
    size = np.bincount(code)
    rank = np.arange(len(x)) - np.flatnonzero(start)[code]
    total = np.bincount(code, weights=(2 * rank - size[code] + 1) * x)
    pairs = size * (size - 1) / 2
    return total / np.maximum(pairs, 1), (size - 1).astype(np.float64)
