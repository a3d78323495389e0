"""The scores of every arm."""

from __future__ import annotations

from dataclasses import dataclass

from fewfold.report.names import Names
from fewfold.report.numbers import fmt, places, span, times
from fewfold.report.validity import is_absent
from fewfold.study.result import MetricRow, Result


@dataclass(frozen=True)
class Scores:
    """Every score of every arm with one learner; ``rows``: arm, ratio, and for each score its value and interval."""

    learner: str
    metrics: list[tuple[str, str]]
    rows: list[tuple[str, str, list[tuple[str, str]]]]


def scores(result: Result, names: Names) -> list[Scores]:
    """Utility, a table for each learner."""
    rows = [m for m in result.metrics if m.family == "utility" and m.learner is not None]
    out = []
    for learner in dict.fromkeys(m.learner for m in rows):
        own = [m for m in rows if m.learner == learner]
        metrics = list(dict.fromkeys(m.name for m in own))
        cells = {(m.method, m.ratio, m.name): _cell(m) for m in own}
        arms = sorted({(m.method, m.ratio) for m in own}, key=lambda key: (names.arms.index(key[0]), key[1]))
        table = [
            (arm, _ratio(ratio), [cells.get((arm, ratio, name), ("", "")) for name in metrics]) for arm, ratio in arms
        ]
        out.append(Scores(names.learner(learner), [(names.metric(m), names.better(m)) for m in metrics], table))
    return out


def not_run(result: Result, names: Names) -> list[tuple[str, str]]:
    """Arms that could not be run, with the reason."""
    said = {(m.method, m.reason or ""): None for m in result.metrics if is_absent(m)}
    return [(names.title(arm), reason) for arm, reason in said]


def _cell(row: MetricRow) -> tuple[str, str]:
    if row.value is None:
        return "not applicable", row.reason or ""
    shown = places(row.value, row.low, row.high)
    return fmt(row.value, shown), span(row.low, row.high, shown)


def _ratio(ratio: float) -> str:
    return times(ratio) if ratio else ""
