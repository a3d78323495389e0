"""A score against the expansion ratio: each arm with its intervals, no augmentation as the line to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts.scale import Scale, fitted, left_axis
from fewfold.report.charts.series import Look
from fewfold.report.charts.svg import el, figure, group, line, number, text
from fewfold.report.numbers import times

WIDTH, HEIGHT = 400, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 390, 10, 218
APART = 6  # pixels between the intervals of two arms at one ratio


@dataclass(frozen=True)
class Point:
    """A score at a ratio."""

    ratio: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """One arm."""

    look: Look
    points: Sequence[Point]


def chart(curves: Sequence[Curve], reference: Point | None, *, ident: str, title: str, description: str) -> Markup:
    """``curves`` hold ratios above 0, or only 0 for an arm that adds no rows; ``reference`` is no augmentation."""
    everything = [p for c in curves for p in c.points] + ([reference] if reference else [])
    ratios = sorted({0.0} | {p.ratio for p in everything})
    y = fitted((v for p in everything for v in (p.value, p.low, p.high)), BOTTOM, TOP)
    step = (RIGHT - LEFT) / len(ratios)
    x = {ratio: LEFT + step * (k + 0.5) for k, ratio in enumerate(ratios)}
    marks = [left_axis(y, LEFT, RIGHT), *(_baseline(reference, y) if reference else []), _ratios(x)]
    for k, curve in enumerate(curves):
        marks.append(_curve(curve, reference, x, y, (k - (len(curves) - 1) / 2) * min(APART, 0.7 * step / len(curves))))
    return figure(WIDTH, HEIGHT, *marks, ident=ident, title=title, description=description)


def _baseline(reference: Point, y: Scale) -> list[Markup]:
    top, bottom = sorted((y(reference.low), y(reference.high)))
    return [
        el("rect", x=LEFT, y=top, width=RIGHT - LEFT, height=bottom - top, class_="band"),
        line(LEFT, y(reference.value), RIGHT, y(reference.value), "reference"),
    ]


def _ratios(x: dict[float, float]) -> Markup:
    marks = [line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis")]
    marks += [text(times(ratio) if ratio else "0", at, BOTTOM + 15, "tick", "middle") for ratio, at in x.items()]
    marks.append(text("synthetic rows per real row", (LEFT + RIGHT) / 2, BOTTOM + 33, "label", "middle"))
    return group(*marks)


def _curve(curve: Curve, reference: Point | None, x: dict[float, float], y: Scale, shift: float) -> Markup:
    places = [(x[p.ratio] + shift, p) for p in curve.points]
    path = [(at, y(p.value)) for at, p in places]
    if reference and all(p.ratio > 0 for p in curve.points):
        path.insert(0, (x[0.0], y(reference.value)))
    marks = [
        el(
            "polyline",
            points=" ".join(f"{number(a)},{number(b)}" for a, b in path),
            class_=f"curve {curve.look.colour}",
        )
    ]
    for at, p in places:
        marks += [line(at, y(p.low), at, y(p.high), f"whisker {curve.look.colour}"), curve.look.point(at, y(p.value))]
    return group(*marks)
