"""The metrics of the synthetic rows themselves: by family, the worst first, each read beside two real samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts import strip
from fewfold.report.charts.scale import fitted
from fewfold.report.names import NONE, Names
from fewfold.report.numbers import ABSENT, fmt, interval, places, span, times
from fewfold.report.words import FAMILIES, READINGS
from fewfold.study.result import MetricRow, Result

WEIGHTS = ("outside", "edge", "beyond", "inside", "alone", "absent")  # the worst first


@dataclass(frozen=True)
class Reading:
    """One metric of one arm beside what two real samples give. ``far``: how many widths of their range beyond it;
    ``more``: further numbers, by name."""

    arm: str
    ratio: str
    value: str
    null: str
    anchors: str
    n: int
    picture: Markup | None
    where: str
    words: str
    far: float
    more: list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """One metric, read for every arm."""

    title: str
    question: str
    better: str
    readings: list[Reading]


@dataclass(frozen=True)
class Count:
    """How many metrics of a family are worse for one arm than between two real samples."""

    where: str
    words: str


@dataclass(frozen=True)
class Family:
    """All metrics that ask the same kind of thing; ``absent``: those that apply to no arm, and why; ``counts`` by arm;
    ``open`` where a method under test is worse."""

    name: str
    title: str
    question: str
    asked: list[Asked]
    absent: list[tuple[str, str]]
    counts: dict[str, Count]
    open: bool


def is_absent(row: MetricRow) -> bool:
    """Whether the row says why an arm could not be run at all."""
    return row.family == "utility" and row.learner is None and row.status == "not_applicable"


def families(result: Result, names: Names) -> list[Family]:
    """The families that have metrics, with the worst metric of the methods under test first."""
    rows = [m for m in result.metrics if not m.learner and not is_absent(m)]
    out = []
    for family, (title, question) in FAMILIES.items():
        own = [m for m in rows if m.family == family]
        asked = [
            _asked(name, [m for m in own if m.name == name], names, f"{family}-{k}")
            for k, name in enumerate(dict.fromkeys(m.name for m in own))
        ]
        if asked:
            absent = [(one.title, one.readings[0].words) for one in asked if _applies_nowhere(one)]
            read = sorted((one for one in asked if not _applies_nowhere(one)), key=lambda one: _badness(one, names))
            counts = {arm: _count(arm, read) for arm in arms(result, names)}
            worse = any(counts[arm].where == "outside" for arm in counts if arm in names.methods)
            out.append(Family(family, title, question, read, absent, counts, worse))
    return out


def _applies_nowhere(asked: Asked) -> bool:
    return len({r.words for r in asked.readings}) == 1 and asked.readings[0].where == "absent"


def arms(result: Result, names: Names) -> list[str]:
    """The arms that have synthetic rows to be read, methods under test first."""
    read = {m.method for m in result.metrics if not m.learner and not is_absent(m)} - {NONE}
    return [arm for arm in (*names.methods, *names.controls) if arm in read]


def _badness(asked: Asked, names: Names) -> tuple[int, float]:
    under_test = [r for r in asked.readings if r.arm in names.methods] or asked.readings
    return min((WEIGHTS.index(r.where), -r.far) for r in under_test)


def _count(arm: str, asked: Sequence[Asked]) -> Count:
    read = [r.where for one in asked for r in one.readings if r.arm == arm and r.where not in ("absent", "alone")]
    worse = read.count("outside")
    if not read:
        return Count("absent", ABSENT)
    return Count("outside" if worse else "inside", f"{worse} of {len(read)} worse")


def _asked(name: str, rows: list[MetricRow], names: Names, ident: str) -> Asked:
    ends = [e for m in rows for e in (m.value, m.low, m.high, *((m.null.low, m.null.high) if m.null else ()))]
    scale, shown = fitted(ends, strip.MARGIN, strip.WIDTH - strip.MARGIN), places(*ends)
    readings = []
    for k, m in enumerate(sorted(rows, key=lambda m: (m.method not in names.methods, names.arms.index(m.method)))):
        picture = None
        value = interval(m.value, m.low, m.high, shown)
        where, words, far = _reading(m, names)
        if m.value is not None and m.low is not None and m.high is not None:
            title = f"{names.metric(name)} of {names.title(m.method)}: {value}; {words}"
            band = (m.null.low, m.null.high) if m.null else None
            picture = strip.chart(scale, m.value, m.low, m.high, ident=f"{ident}-{k}", title=title, band=band)
        null = span(m.null.low, m.null.high, shown) if m.null else ABSENT
        ratio = times(m.ratio) if m.ratio else ""
        anchors = ", ".join(f"{name.replace('_', ' ')} {fmt(at, shown)}" for name, at in m.anchors.items())
        readings.append(Reading(m.method, ratio, value, null, anchors, m.n, picture, where, words, far, _more(m)))
    return Asked(names.metric(name), names.question(name), names.better(name), readings)


def _more(row: MetricRow) -> list[tuple[str, str]]:
    further = [(name.replace("_", " "), fmt(value)) for name, value in row.details.items()]
    return further if row.p is None else [("permutation p", f"{row.p:.3f}"), *further]


def _reading(row: MetricRow, names: Names) -> tuple[str, str, float]:
    """Where the value lies, the same in words, and how far out."""
    if row.value is None:
        return "absent", f"not applicable: {row.reason}", 0.0
    if row.null is None:
        return "alone", READINGS["real" if row.method == NONE else "alone"], 0.0
    if row.null.low <= row.value <= row.null.high:
        return "inside", READINGS["inside"], 0.0
    above = row.value > row.null.high
    gap = row.value - row.null.high if above else row.null.low - row.value
    far = gap / max(row.null.high - row.null.low, 1e-9)
    worse = names.worse(row.name, row.value, row.null.low, row.null.high)
    if worse is None:
        return "beyond", READINGS["above" if above else "below"], far
    where = "beyond" if not worse else "edge" if row.outside is False else "outside"
    return where, READINGS[where], far
