"""The rows of the metrics table: utility of every arm, validity of every method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewfold.metrics.base import METRICS
from fewfold.study.arms import ratios_of
from fewfold.study.cells import REAL, Cell, Design, metric_names
from fewfold.study.contrasts import Scored
from fewfold.study.result import MetricRow, Range


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
    """Each validity metric of each expanding arm at equal size: median and 2.5 to 97.5 percent range over half-splits
    of the patients. The null is the same range with real rows in place of the synthetic ones."""
    values = {cell: content for cell, content in cells.items() if cell.stage == "validity"}
    arms = dict.fromkeys(cell.arm for cell in values)
    rows = []
    for name in metric_names(design.settings):
        null = _values(values, REAL, name)[0]
        for arm in arms:
            if arm != REAL:
                rows.append(_row(name, arm, *_values(values, arm, name), null, design))
    return rows


def _values(cells: Mapping[Cell, dict[str, Any]], arm: str, name: str) -> tuple[list[float], str]:
    """The numbers of one metric of one arm, and the reason of the last half-split that gave none."""
    numbers, reason = [], ""
    for cell, content in cells.items():
        if cell.arm != arm:
            continue
        value = content["values"][name] if content["status"] == "ok" else content["reason"]
        if isinstance(value, str):
            reason = value
        else:
            numbers.append(float(value))
    return numbers, reason


def _row(name: str, arm: str, numbers: list[float], reason: str, null: list[float], design: Design) -> MetricRow:
    ok = bool(numbers) and not reason
    middle = [float(q) for q in np.quantile(numbers, [0.5, 0.025, 0.975])] if ok else [None, None, None]
    ends = np.quantile(null, [0.025, 0.975]) if null else None
    return MetricRow(
        name=name,
        family=METRICS.get(name).card.family,
        method=arm,
        ratio=1.0,
        value=middle[0],
        low=middle[1],
        high=middle[2],
        n=design.cohort.n_subjects // 2,
        null=Range(low=float(ends[0]), high=float(ends[1])) if ends is not None else None,
        status="ok" if ok else "not_applicable",
        reason=None if ok else reason,
    )
