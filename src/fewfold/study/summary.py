"""The rows of the metrics table: utility of every arm, validity of every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fewfold.core.types import Floats
from fewfold.metrics.base import METRICS
from fewfold.study.arms import ratios_of
from fewfold.study.cells import ANCHORS, OF_REAL, REAL, Cell, Design, metric_names, most_ratio
from fewfold.study.contrasts import Scored
from fewfold.study.readings import beyond
from fewfold.study.result import MetricRow, Range

NONE = "none"  # the arm of the real data alone


def utility(scored: Scored) -> list[MetricRow]:
    """Each score of each arm, ratio and learner; the null is the interval of the arm without augmentation."""
    rows = []
    n = len(scored.predicted.y)
    for key, by_learner in scored.table.items():
        for learner, by_score in by_learner.items():
            for score in by_score:
                seen = scored.level(key, learner, score)
                bare = scored.level(("none", 0.0), learner, score) if ("none", 0.0) in scored.table else None
                finite = bool(np.isfinite([seen.estimate, seen.low, seen.high]).all())
                null = bare is not None and bool(np.isfinite([bare.low, bare.high]).all())
                rows.append(
                    MetricRow(
                        name=score,
                        family="utility",
                        method=key[0],
                        ratio=key[1],
                        learner=learner,
                        value=seen.estimate if finite else None,
                        low=seen.low if finite else None,
                        high=seen.high if finite else None,
                        n=n,
                        null=Range(low=bare.low, high=bare.high) if null and bare is not None else None,
                        status="ok" if finite else "not_applicable",
                        reason=None if finite else "no finite value on these splits",
                    )
                )
    return rows


def absent(design: Design, reasons: Mapping[str, str]) -> list[MetricRow]:
    """A row with the reason for each arm that could not be run."""
    return [
        MetricRow(
            name=design.settings.primary,
            family="utility",
            method=name,
            ratio=ratio,
            value=None,
            low=None,
            high=None,
            n=design.cohort.n_subjects,
            status="not_applicable",
            reason=reason,
        )
        for name, reason in reasons.items()
        for ratio in ratios_of(design.arm(name), design.settings)
    ]


def validity(design: Design, cells: Mapping[Cell, dict[str, Any]]) -> list[MetricRow]:
    """Each validity metric of each expanding arm: median and 2.5 to 97.5 percent range over half-splits of the
    patients. The null is the same range with real rows in place of the synthetic ones; for attacks, of patients who
    change sides."""
    values = {cell: content for cell, content in cells.items() if cell.stage == "validity"}
    arms = [arm for arm in dict.fromkeys(cell.arm for cell in values) if arm not in (REAL, *ANCHORS)]
    nulls = {name: _values(values, REAL, name)[0] for name in metric_names(design)}
    names = [name for name in nulls if name not in OF_REAL]
    rows = [_row(name, NONE, *_values(values, REAL, name), np.empty(0), design) for name in nulls if name in OF_REAL]
    anchors = _anchors(values, names)
    for arm in arms:
        own = {**nulls, **_exchanged([content for cell, content in values.items() if cell.arm == arm])}
        of_arm = [_row(name, arm, *_values(values, arm, name), own[name], design) for name in names]
        told = _details([content for cell, content in values.items() if cell.arm == arm])
        more = [{"anchors": anchors.get(row.name, {}), "details": told.get(row.name, {})} for row in of_arm]
        read = [row.model_copy(update=update) for row, update in zip(of_arm, more, strict=True)]
        rows += judged(read, own, arms=len(design.settings.methods))
    return rows


def _exchanged(runs: Sequence[dict[str, Any]]) -> dict[str, Floats]:
    """For each attack (draws,) its values where patients change sides at random, from one half-split after the other:
    what is released is one set of rows."""
    out = {}
    for name, drawn in _gathered(runs, "nulls").items():
        out[name] = np.array([drawn[k % len(drawn)][k] for k in range(len(drawn[0]))])
    return out


def _details(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """What each metric says beside its value: the median over the half-splits that have it."""
    out: dict[str, dict[str, float]] = {}
    for name, told in _gathered(runs, "details").items():
        keys = dict.fromkeys(key for one in told for key in one)
        out[name] = {key: float(np.median([one[key] for one in told if key in one])) for key in keys}
    return out


def _gathered(runs: Sequence[dict[str, Any]], part: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for run in runs:
        for name, content in run.get(part, {}).items():
            found.setdefault(name, []).append(content)
    return found


def _anchors(cells: Mapping[Cell, dict[str, Any]], names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Each metric of the memoriser and of independent margins, where they have a number."""
    found: dict[str, dict[str, float]] = {}
    for name in names:
        for anchor in ANCHORS:
            numbers = _values(cells, anchor, name)[0]
            known = numbers[np.isfinite(numbers)]
            if len(known):
                found.setdefault(name, {})[anchor.removeprefix("anchor-")] = float(np.median(known))
    return found


def judged(rows: Sequence[MetricRow], nulls: Mapping[str, Floats], *, arms: int = 1) -> list[MetricRow]:
    """The rows of one of several arms, each with whether it lies beyond what real data show."""
    far = beyond({row.name: row.value for row in rows if row.value is not None}, nulls, arms=arms)
    return [row.model_copy(update={"outside": far.get(row.name)}) for row in rows]


def _values(cells: Mapping[Cell, dict[str, Any]], arm: str, name: str) -> tuple[Floats, str]:
    """(half-splits,) one metric of one arm, NaN where there is no number, and the last reason for that."""
    numbers, reason = [], ""
    for cell, content in cells.items():
        if cell.arm != arm:
            continue
        value = content["values"].get(name, "") if content["status"] == "ok" else content["reason"]
        if isinstance(value, str):
            reason = value
        numbers.append(np.nan if isinstance(value, str) else float(value))
    return np.array(numbers), reason


def _row(name: str, arm: str, numbers: Floats, reason: str, null: Floats, design: Design) -> MetricRow:
    family = METRICS.get(name).card.family
    finite, known = numbers[np.isfinite(numbers)], null[np.isfinite(null)]
    ok = 0 < len(numbers) <= 2 * len(finite)
    middle = [float(q) for q in np.quantile(finite, [0.5, 0.025, 0.975])] if ok else [None, None, None]
    ends = np.quantile(known, [0.025, 0.975]) if len(known) else None
    return MetricRow(
        name=name,
        family=family,
        method=arm,
        ratio=0.0 if arm == NONE else most_ratio(arm, design.settings) if family == "privacy" else 1.0,
        value=middle[0],
        low=middle[1],
        high=middle[2],
        n=design.cohort.n_subjects // 2,
        null=Range(low=float(ends[0]), high=float(ends[1])) if ends is not None else None,
        status="ok" if ok else "not_applicable",
        reason=None if ok else reason,
    )
