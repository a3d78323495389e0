"""Whether what raises the hazard in real patients raises it in synthetic ones, and by as much."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fewfold.core.cards import MetricCard
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.follow_up import FollowUps
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, Parts, Rows, RowsMetric, average
from fewfold.metrics.fidelity.wasserstein import deviations
from fewfold.metrics.survival import follow_ups

FEWEST_EVENTS = 5
LIMIT = 3.0  # of a log hazard ratio: 20 times the hazard, where a group has no event
STEPS = 30
CLEAR = 1.96  # standard errors from 0


class HazardRatios(RowsMetric):
    """Absolute difference between the log hazard ratios of holdout and of synthetic patients, mean over the features,
    each weighted by its precision in the holdout (one over the squared standard error). Each feature has a Cox model of
    its own (ties after Breslow).

    A hazard ratio is per SD of the training rows, of a level against the other one, or against all others where there
    are more than two. It is kept within 20 and 1/20, and is 1 where synthetic patients do not vary; missing values are
    left out. Patients and events are read as in ``follow_up``, features at the row of the longest time.
    ``details``: the share of the features for which both are on the same side of 1, of all, and of those whose ratio in
    the holdout is more than 1.96 standard errors from it.
    """

    card = MetricCard(
        name="hazard_ratios",
        title="Log hazard ratios (mean difference)",
        family="plausibility",
        question="Do the features raise, or lower, the hazard as they do in patients?",
        better="lower",
        bounds=(0.0, 2 * LIMIT),
        roles=("event_time", "event"),
        references=("10.1111/j.2517-6161.1972.tb00899.x",),
    )

    def _of_rows(self, parts: Parts) -> Callable[[Rows], float]:
        sides = self._sides(parts)

        def difference(rows: Rows) -> float:
            (real, error), (made, _) = sides(rows)
            weights = np.where(np.isnan(real), 0.0, error**-2)
            gaps = np.abs(np.nan_to_num(made) - np.nan_to_num(real))
            return float(gaps @ weights / weights.sum()) if weights.any() else float("nan")

        return difference

    def _details(self, comparison: Comparison) -> dict[str, float]:
        parts = (comparison.train, comparison.holdout, comparison.synthetic)
        train, holdout, synthetic = (np.arange(len(c)) for c in parts)
        (real, error), (made, _) = self._sides(parts)((train, holdout, synthetic))
        same = np.where(np.isfinite(real), np.sign(real) == np.sign(made), np.nan)
        clear = np.abs(real) > CLEAR * error
        return {"same sign": average(same), "same sign where clear": average(same[clear])}

    def _sides(self, parts: Parts) -> Callable[[Rows], list[tuple[Floats, Floats]]]:
        """For some rows: (p,) log hazard ratios and their standard errors, of holdout and of synthetic patients."""
        _, *read = follow_ups(parts, self.card)
        for follow_up, which in zip(read, ("real", "synthetic"), strict=True):
            events = int(np.nansum(follow_up.happened[follow_up.ends(np.arange(len(follow_up.times)))]))
            if events < FEWEST_EVENTS:
                raise NotApplicable(
                    f"hazard_ratios needs {FEWEST_EVENTS} {which} patients with the event; {events} have it"
                )
        tables = {id(cohort): _columns(cohort) for cohort in parts}
        train, *others = (tables[id(cohort)] for cohort in parts)
        if not train.shape[1]:
            raise NotApplicable("there is no feature")
        numbers = _numbers(parts[0])

        def sides(rows: Rows) -> list[tuple[Floats, Floats]]:
            scales = np.where(numbers, deviations(train[rows[0]]), 1.0)
            return [
                _ratios(follow_up, table / scales, chosen)
                for follow_up, table, chosen in zip(read, others, rows[1:], strict=True)
            ]

        return sides


def _several(variable: Variable) -> bool:
    return variable.kind == "categorical" and len(variable.levels or ()) > 2


def _columns(cohort: Cohort) -> Floats:
    """(n, p) a column for each feature, or for each level where there are more than two without an order; NaN where
    missing."""
    columns = []
    for values, variable in zip(cohort.matrix.T, cohort.schema.features, strict=True):
        if _several(variable):
            levels = np.arange(len(order_of_levels(variable)))[:, None]
            columns.append(np.where(np.isnan(values), np.nan, values == levels))
        else:
            columns.append(values[None, :])
    return np.concatenate(columns).T if columns else np.empty((len(cohort), 0))


def _numbers(cohort: Cohort) -> Bools:
    """(p,) which of the columns are numbers, dates or ordered levels, and not one level against others."""
    features = cohort.schema.features
    return np.repeat(
        [variable.kind not in ("categorical", "boolean") for variable in features],
        [len(variable.levels or ()) if _several(variable) else 1 for variable in features],
    )


def _ratios(follow_up: FollowUps, columns: Floats, rows: Ints) -> tuple[Floats, Floats]:
    last = follow_up.ends(rows)
    return log_hazard_ratios(follow_up.times[last], follow_up.happened[last] == 1, columns[last])


def log_hazard_ratios(times: Floats, happened: Bools, x: Floats) -> tuple[Floats, Floats]:
    """(p,) log hazard ratio per unit of each column of x (m, p) by itself, and (p,) its standard error; NaN where the
    column does not vary while events happen. Values of x that are missing are left out.

    The partial likelihood of Breslow (1974, 10.2307/2529620), by Newton's method within +-3.
    """
    order = np.argsort(-times, kind="stable")
    times, happened, x = times[order], happened[order], x[order]
    known = ~np.isnan(x)
    x = np.where(known, x, 0.0)
    x = np.where(known, x - x.sum(axis=0) / np.maximum(known.sum(axis=0), 1), 0.0)
    ends = np.flatnonzero(np.diff(times, append=-np.inf))  # the last row of each distinct time
    starts = np.concatenate([[0], ends[:-1] + 1])
    events = np.add.reduceat(known * happened[:, None], starts, axis=0)
    total = np.sum(x * happened[:, None], axis=0)
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        weight = known * np.exp(np.minimum(beta * x, 500.0))
        at_risk, first, second = (np.cumsum(weight * power, axis=0)[ends] for power in (1.0, x, x**2))
        at_risk = np.maximum(at_risk, 1e-300)
        mean = first / at_risk
        information = np.sum(events * (second / at_risk - mean**2), axis=0)
        score = total - np.sum(events * mean, axis=0)
        step = np.clip(np.divide(score, information, out=np.zeros_like(score), where=information > 1e-9), -1.0, 1.0)
        moved = np.clip(beta + step, -LIMIT, LIMIT) - beta
        beta += moved
        if np.abs(moved).max() < 1e-9:
            break
    beta[information <= 1e-9] = np.nan
    return beta, 1 / np.sqrt(np.maximum(information, 1e-9))
