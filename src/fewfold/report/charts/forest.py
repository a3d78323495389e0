"""Paired differences with their intervals, one row each, right of zero where the method is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts.scale import Scale, bottom_axis
from fewfold.report.charts.svg import el, figure, group, line, text
from fewfold.report.numbers import clip, difference

AXIS, VALUES = 312, 218  # widths
LETTER = 6.8  # width of one, on average
MOST_LETTERS = 38
ROW = 24


@dataclass(frozen=True)
class Row:
    """A difference; ``strong`` marks the one that a verdict rests on. A heading has no numbers."""

    label: str
    estimate: float | None = None
    low: float = 0.0
    high: float = 0.0
    strong: bool = False


def chart(
    rows: Sequence[Row], x: tuple[float, float], effect: float, *, axis: str, ident: str, title: str, description: str
) -> Markup:
    """``x``: both ends of the axis, so that several charts can share it; ``effect``: smallest worth having."""
    letters = max((len(clip(row.label, MOST_LETTERS)) for row in rows if row.estimate is not None), default=0)
    left = round(24 + LETTER * letters)
    scale = Scale(*x, left, left + AXIS)
    top, bottom = 22, 26 + ROW * len(rows)
    marks = [
        text("worse", scale(0) - 8, 12, "tick", "end"),
        text("better", scale(0) + 8, 12, "tick"),
        bottom_axis(scale, top, bottom, axis),
    ]
    if effect:
        edges = scale(-effect), scale(effect)
        marks.append(el("rect", x=edges[0], y=top, width=edges[1] - edges[0], height=bottom - top, class_="band"))
    marks.append(line(scale(0), top, scale(0), bottom, "zero"))
    marks += [_row(row, scale, top + 2 + ROW * (k + 0.5)) for k, row in enumerate(rows)]
    return figure(left + AXIS + VALUES, bottom + 38, *marks, ident=ident, title=title, description=description)


def _row(row: Row, scale: Scale, y: float) -> Markup:
    if row.estimate is None:
        return text(clip(row.label, 60), 0, y + 4, "heading")
    weight = " strong" if row.strong else ""
    size = 5.0 if row.strong else 3.5
    x = scale(row.estimate) - size
    return group(
        text(clip(row.label, MOST_LETTERS), 14, y + 4, "name" + weight),
        line(scale(row.low), y, scale(row.high), y, "whisker ink" + weight),
        el("rect", x=x, y=y - size, width=2 * size, height=2 * size, class_="point ink" + weight),
        text(difference(row.estimate, row.low, row.high), scale.stop + 14, y + 4, "value" + weight),
    )
