"""The first page: the answer for each method, in words, with the contrast it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from fewfold.report.charts import strip
from fewfold.report.charts.scale import Scale, fitted
from fewfold.report.names import Names
from fewfold.report.numbers import difference, p_value, times
from fewfold.report.words import BY_WEIGHT, CALLS
from fewfold.study.findings import KINDS, Kind
from fewfold.study.result import Algorithm, Call, Finding, Result, Verdict

SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True)
class Cited:
    """The findings of one severity that led to a verdict; the code and the title of each."""

    severity: str
    codes: list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """One verdict, at one ratio or at several that share a reason without numbers. ``contrast`` is the difference that
    it rests on, empty where the reason says it."""

    call: Call
    word: str
    ratios: list[str]
    reason: str
    metric: str
    contrast: str
    against: str
    p: str
    picture: Markup | None
    findings: list[Cited]


@dataclass(frozen=True)
class Card:
    """All answers about one method."""

    method: str
    title: str
    algorithm: Algorithm | None
    answers: list[Answer]


@dataclass(frozen=True)
class Told:
    """One sentence of a finding, and about what."""

    detail: str
    about: str


@dataclass(frozen=True)
class Group:
    """All findings of one code."""

    code: str
    severity: str
    title: str
    kind: Kind | None
    told: list[Told]


def cards(result: Result, names: Names) -> list[Card]:
    """A card for each method under test."""
    scale = _shared_scale(result)
    algorithms = {a.name: a for a in result.provenance.algorithms}
    out = []
    for m, method in enumerate(names.methods):
        own = [v for v in result.verdicts if v.method == method]
        merged = [list(same) for _, same in groupby(own, key=_what_is_said)]
        answers = [_answer(same, result, names, scale, f"answer-{m}-{k}") for k, same in enumerate(merged)]
        out.append(Card(method, names.title(method), algorithms.get(method), answers))
    return out


def obstacle(result: Result) -> str:
    """The one reason why nothing in the study is estimable, or an empty string."""
    reasons = {v.reason if v.verdict == "not_estimable" else "" for v in result.verdicts}
    return reasons.pop() if len(reasons) == 1 else ""


def summary(result: Result, names: Names) -> list[tuple[Call, str, list[tuple[str, list[str]]]]]:
    """For each kind of verdict that was given: its word, and the methods with the ratios."""
    out = []
    for call in BY_WEIGHT:
        by_method: dict[str, list[str]] = {}
        for v in result.verdicts:
            if v.verdict == call:
                by_method.setdefault(v.method, []).append(times(v.ratio))
        if by_method:
            out.append((call, CALLS[call][0], [(names.title(m), ratios) for m, ratios in by_method.items()]))
    return out


def findings(result: Result, names: Names) -> list[Group]:
    """Findings by code, critical ones first."""
    by_code: dict[tuple[str, str], list[Finding]] = {}
    for found in result.findings:
        by_code.setdefault((found.severity, found.code), []).append(found)
    ordered = sorted(by_code, key=lambda key: (SEVERITIES.index(key[0]), key[1]))
    return [
        Group(code, severity, by_code[severity, code][0].title, KINDS.get(code), _told(by_code[severity, code], names))
        for severity, code in ordered
    ]


def _told(found: Iterable[Finding], names: Names) -> list[Told]:
    return [
        Told(f.detail, " ".join([names.title(f.method) if f.method else "", times(f.ratio) if f.ratio else ""]).strip())
        for f in found
    ]


def _what_is_said(verdict: Verdict) -> tuple[object, ...]:
    """Verdicts in a row are shown as one where they say the same and carry no number."""
    numbered = verdict.primary.estimate is not None
    return verdict.verdict, verdict.reason, verdict.ratio if numbered else None, tuple(verdict.findings)


def _shared_scale(result: Result) -> Scale:
    ends = [e for v in result.verdicts for e in (v.primary.low, v.primary.high)]
    effect = result.power.smallest_effect
    return fitted([*ends, -effect, effect], strip.MARGIN, strip.WIDTH - strip.MARGIN)


def _answer(same: list[Verdict], result: Result, names: Names, scale: Scale, ident: str) -> Answer:
    first, primary = same[0], same[0].primary
    said = difference(primary.estimate, primary.low, primary.high)
    picture = None
    if primary.estimate is not None and primary.low is not None and primary.high is not None:
        title = f"Difference in {names.metric(primary.metric)}: {said}. Right of the line is better."
        picture = strip.chart(scale, primary.estimate, primary.low, primary.high, ident=ident, title=title, zero=True)
    word = CALLS[first.verdict][0]
    return Answer(
        call=first.verdict,
        word=word,
        ratios=[times(v.ratio) for v in same],
        reason=_capital(first.reason.removeprefix(f"{word}: ")),
        metric=names.metric(primary.metric),
        contrast=said if primary.estimate is not None and said not in first.reason else "",
        against=names.title(primary.against) if primary.against else "",
        p=p_value(primary.p),
        picture=picture,
        findings=_cited(first, result),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cited(verdict: Verdict, result: Result) -> list[Cited]:
    """The findings of a verdict by severity, the most serious first."""
    own = {f.code: f for f in result.findings if f.method in (None, verdict.method)}
    found = [own[code] for code in verdict.findings if code in own]
    by_severity = {severity: [(f.code, f.title) for f in found if f.severity == severity] for severity in SEVERITIES}
    return [Cited(severity, codes) for severity, codes in by_severity.items() if codes]
