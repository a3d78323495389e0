"""The tables: scores of every arm, validity of the synthetic rows, sizes before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts import strip
from fewfold.report.charts.scale import fitted
from fewfold.report.names import Names
from fewfold.report.numbers import ABSENT, interval, places, span, times
from fewfold.report.words import FAMILIES
from fewfold.study.result import MetricRow, Result


@dataclass(frozen=True)
class Scores:
    """Every score of every arm with one learner; ``rows``: arm, ratio, one cell a score."""

    learner: str
    metrics: list[tuple[str, str]]
    rows: list[tuple[str, str, list[str]]]


@dataclass(frozen=True)
class Reading:
    """One metric of one arm beside what two real samples give."""

    arm: str
    ratio: str
    value: str
    null: str
    n: int
    picture: Markup | None
    where: str
    words: str


@dataclass(frozen=True)
class Asked:
    """One metric, read for every arm."""

    title: str
    question: str
    better: str
    readings: list[Reading]


@dataclass(frozen=True)
class Family:
    """All metrics that ask the same kind of thing."""

    name: str
    title: str
    question: str
    asked: list[Asked]


def scores(result: Result, names: Names) -> list[Scores]:
    """Utility, a table for each learner."""
    rows = [m for m in result.metrics if m.family == "utility" and m.learner is not None]
    out = []
    for learner in dict.fromkeys(m.learner for m in rows):
        own = [m for m in rows if m.learner == learner]
        metrics = list(dict.fromkeys(m.name for m in own))
        cells = {(m.method, m.ratio, m.name): _cell(m) for m in own}
        arms = sorted({(m.method, m.ratio) for m in own}, key=lambda key: (names.arms.index(key[0]), key[1]))
        table = [(arm, _ratio(ratio), [cells.get((arm, ratio, name), "") for name in metrics]) for arm, ratio in arms]
        out.append(Scores(learner or "", [(names.metric(m), names.better(m)) for m in metrics], table))
    return out


def not_run(result: Result, names: Names) -> list[tuple[str, str]]:
    """Arms that could not be run, with the reason."""
    said = {(m.method, m.reason or ""): None for m in result.metrics if _is_absent(m)}
    return [(names.title(arm), reason) for arm, reason in said]


def families(result: Result, names: Names) -> list[Family]:
    """The metrics of the synthetic rows themselves."""
    rows = [m for m in result.metrics if not (m.family == "utility" and (m.learner or _is_absent(m)))]
    out = []
    for family, (title, question) in FAMILIES.items():
        own = [m for m in rows if m.family == family]
        asked = [
            _asked(name, [m for m in own if m.name == name], names, f"{family}-{k}")
            for k, name in enumerate(dict.fromkeys(m.name for m in own))
        ]
        if asked:
            out.append(Family(family, title, question, asked))
    return out


def _is_absent(row: MetricRow) -> bool:
    return row.family == "utility" and row.learner is None and row.status == "not_applicable"


def _cell(row: MetricRow) -> str:
    return interval(row.value, row.low, row.high) if row.value is not None else f"not applicable: {row.reason}"


def _ratio(ratio: float) -> str:
    return times(ratio) if ratio else ""


def _asked(name: str, rows: list[MetricRow], names: Names, ident: str) -> Asked:
    ends = _ends(rows)
    scale, shown = fitted(ends, strip.MARGIN, strip.WIDTH - strip.MARGIN), places(*ends)
    readings = []
    for k, m in enumerate(sorted(rows, key=lambda m: (names.arms.index(m.method), m.ratio))):
        picture = None
        value = interval(m.value, m.low, m.high, shown)
        where, words = _reading(m, names.worse_above(name))
        if m.value is not None and m.low is not None and m.high is not None:
            title = f"{names.metric(name)} of {m.method}: {value}; {words}"
            band = (m.null.low, m.null.high) if m.null else None
            picture = strip.chart(scale, m.value, m.low, m.high, ident=f"{ident}-{k}", title=title, band=band)
        null = span(m.null.low, m.null.high, shown) if m.null else ABSENT
        readings.append(Reading(m.method, _ratio(m.ratio), value, null, m.n, picture, where, words))
    return Asked(names.metric(name), names.question(name), names.better(name), readings)


def _ends(rows: Iterable[MetricRow]) -> list[float | None]:
    return [e for m in rows for e in (m.value, m.low, m.high, *((m.null.low, m.null.high) if m.null else ()))]


def _reading(row: MetricRow, worse_above: bool | None) -> tuple[str, str]:
    """Where the value lies, and the same in words."""
    if row.value is None:
        return "absent", f"not applicable: {row.reason}"
    if row.null is None:
        return "alone", "no range to read it against"
    if row.null.low <= row.value <= row.null.high:
        return "inside", "inside"
    above = row.value > row.null.high
    if worse_above is None:
        return "beyond", f"outside, {'above' if above else 'below'}"
    return ("outside", "outside, worse") if above == worse_above else ("beyond", "outside, better")
