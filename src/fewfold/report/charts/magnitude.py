"""What a transform does against its magnitude: curves that start where nothing is changed, and the line that counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts.scale import Scale, left_axis
from fewfold.report.charts.series import Look
from fewfold.report.charts.svg import el, figure, group, line, number, text
from fewfold.report.numbers import times

WIDTH, HEIGHT = 400, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 390, 10, 218
APART = 7  # pixels between the intervals of two curves at one magnitude
AIR = 1.06


@dataclass(frozen=True)
class Point:
    """A number at a magnitude, with its interval."""

    magnitude: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """One number at each magnitude."""

    look: Look
    points: Sequence[Point]


def chart(
    curves: Sequence[Curve],
    band: tuple[float, float],
    limit: float | None,
    *,
    starts: bool,
    ident: str,
    title: str,
    description: str,
) -> Markup:
    """``band``: what the control lies between; ``limit``: a line that the curve should stay below; ``starts``: whether
    curves start at 0, since a magnitude of 0 changes nothing."""
    points = [p for curve in curves for p in curve.points]
    y = Scale(0, AIR * max([band[1], limit or 0.0, 1e-9, *(p.high for p in points)]), BOTTOM, TOP)
    x = Scale(0, max([1.0, *(p.magnitude for p in points)]) * AIR, LEFT, RIGHT)
    marks = [
        el("rect", x=LEFT, y=y(band[1]), width=RIGHT - LEFT, height=max(y(band[0]) - y(band[1]), 1.5), class_="band"),
        left_axis(y, LEFT, RIGHT),
        _magnitudes(x, sorted({p.magnitude for p in points})),
    ]
    if limit is not None:
        marks.append(line(LEFT, y(limit), RIGHT, y(limit), "reference"))
    for k, curve in enumerate(curves):
        marks.append(_curve(curve, x, y, (k - (len(curves) - 1) / 2) * APART, starts=starts))
    return figure(WIDTH, HEIGHT, *marks, ident=ident, title=title, description=description)


def _magnitudes(x: Scale, known: Sequence[float]) -> Markup:
    marks = [line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"), text("0", x(0), BOTTOM + 15, "tick", "middle")]
    marks += [text(times(each), x(each), BOTTOM + 15, "tick", "middle") for each in known]
    marks.append(text("magnitude", (LEFT + RIGHT) / 2, BOTTOM + 33, "label", "middle"))
    return group(*marks)


def _curve(curve: Curve, x: Scale, y: Scale, shift: float, *, starts: bool) -> Markup:
    places = [(x(p.magnitude) + shift, p) for p in curve.points]
    path = [(x(0), y(0))] * starts + [(at, y(p.value)) for at, p in places]
    written = " ".join(f"{number(a)},{number(b)}" for a, b in path)
    marks = [el("polyline", points=written, class_=f"curve {curve.look.colour}")]
    for at, p in places:
        marks += [line(at, y(p.low), at, y(p.high), f"whisker {curve.look.colour}"), curve.look.point(at, y(p.value))]
    return group(*marks)
