"""The page of an audit of transforms: where safe ends, with the curves and pictures that show it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fewfold.core.files import write_atomic
from fewfold.report.charts import magnitude
from fewfold.report.charts.icons import icon
from fewfold.report.charts.series import looks
from fewfold.report.html import filled
from fewfold.report.numbers import difference, fmt, interval, percent, span, times
from fewfold.report.pictures import Numbers, Panel, Plate
from fewfold.study.image_audit.result import ImageAudit, Level, Measured, Operation

ICONS = {"safe": "passed", "unsafe": "failed", "unclear": "not_run"}
FAMILIES = {"values": "Values", "texture": "Texture", "layout": "Layout"}
LOOKS = looks([], ["flips", *FAMILIES])
_TITLES = {"ends": "Where safe ends", "control": "What it is read against", "read": "How to read this page"}


@dataclass(frozen=True)
class Shot:
    """A small picture with its caption."""

    source: str
    caption: str
    call: str


@dataclass(frozen=True)
class Section:
    """One transform."""

    ident: str
    operation: Operation
    call: str
    plate: Plate
    moved: Numbers
    shots: list[Shot]


def render(audit: ImageAudit) -> str:
    """The page of an audit. Same audit, same text."""
    parts = [_section(audit, one, k) for k, one in enumerate(audit.operations)]
    ends, control, read = _TITLES.items()
    sections = dict([ends, control, *((part.ident, part.operation.label) for part in parts), read])
    return filled(
        "image-audit.html",
        audit=audit,
        parts=parts,
        sections=sections,
        families=FAMILIES,
        looks=LOOKS,
        icon=icon,
        icons=ICONS,
        interval=lambda m: interval(m.value, m.low, m.high),
        shares=_shares,
        source=_source,
    )


def write(audit: ImageAudit, path: str | Path) -> None:
    """Write the page, whole or not at all. Raises ``OSError`` where the folder cannot be written."""
    write_atomic(Path(path), render(audit))


def _section(audit: ImageAudit, operation: Operation, k: int) -> Section:
    shots = [
        Shot(_source(level.picture), "applied" if operation.on_off else times(level.magnitude), level.call)
        for level in operation.levels
        if level.picture is not None
    ]
    plate = Plate(operation.label, _panels(audit, operation, f"transform-{k}"), _numbers(operation))
    return Section(f"transform-{k}", operation, _call(operation), plate, _moved(operation), shots)


def _call(operation: Operation) -> str:
    """That of the transform as a whole: at the last magnitude, or unclear where magnitudes differ."""
    calls = {level.call for level in operation.levels}
    return calls.pop() if len(calls) == 1 else "unclear"


def _panels(audit: ImageAudit, operation: Operation, ident: str) -> list[Panel]:
    if not operation.levels:
        return []
    flips = [magnitude.Curve(LOOKS["flips"], [_point(level, level.flips) for level in operation.levels])]
    shifts = [
        magnitude.Curve(LOOKS[kind], [_point(level, level.shifts.families[kind]) for level in operation.levels])
        for kind in FAMILIES
        if kind in operation.levels[0].shifts.families
    ]
    own, apart = audit.controls.flips, audit.controls.shifts.overall
    said = "; ".join(f"{times(level.magnitude)}: {_shares(level.flips)}" for level in operation.levels)
    moved = "; ".join(
        f"{times(level.magnitude)}: {interval(*_ends(level.shifts.overall))}" for level in operation.levels
    )
    return [
        Panel(
            "Share of predicted labels that change",
            magnitude.chart(
                flips,
                (own.low, own.high),
                audit.tolerance,
                starts=not operation.on_off,
                ident=f"{ident}-flips",
                title=f"{operation.label}: share of predicted labels that change, by magnitude",
                description=said,
            ),
            f"Dashed: the tolerance, {percent(audit.tolerance)}. Band: two fits of the model.",
        ),
        Panel(
            "How far features move, in SDs between images",
            magnitude.chart(
                shifts,
                (apart.low, apart.high),
                None,
                starts=not operation.on_off,
                ident=f"{ident}-shifts",
                title=f"{operation.label}: how far features move, by magnitude",
                description=moved,
            ),
            "Band: two real images of one label.",
        ),
    ]


def _point(level: Level, told: Measured) -> magnitude.Point:
    return magnitude.Point(level.magnitude, told.value, told.low, told.high)


def _numbers(operation: Operation) -> Numbers:
    head = [
        "Magnitude",
        "Parameters",
        "Call",
        "Labels that change",
        "Change of probability",
        "Loss of AUROC",
        "Shift (SDs)",
    ]
    rows = [
        [
            times(level.magnitude),
            ", ".join(f"{name} {_plain(value)}" for name, value in level.params.items()),
            level.call,
            _shares(level.flips),
            _shares(level.change),
            difference(*_ends(level.loss)),
            interval(*_ends(level.shifts.overall)),
        ]
        for level in operation.levels
    ]
    return Numbers(head, rows)


def _moved(operation: Operation) -> Numbers:
    rows = [
        [times(level.magnitude), one.feature, interval(*_ends(one.shift)), interval(*_ends(one.control))]
        for level in operation.levels
        for one in level.most
    ]
    return Numbers(["Magnitude", "Feature", "Shift (SDs)", "Two real images of one label"], rows)


def _ends(told: Measured) -> tuple[float, float, float]:
    return told.value, told.low, told.high


def _shares(told: Measured) -> str:
    """A share with its interval, in per cent."""
    return f"{fmt(100 * told.value, 1)}\N{NO-BREAK SPACE}% ({span(100 * told.low, 100 * told.high, 1)})"


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return f"{' to '.join(map(_plain, value))}" if isinstance(value, list) else str(value)


def _source(picture: str | None) -> str:
    return f"data:image/png;base64,{picture}"
