"""Observed against predicted risk: on the diagonal a risk means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts.scale import Scale, bottom_axis, left_axis
from fewfold.report.charts.series import Look
from fewfold.report.charts.svg import el, figure, line, number

WIDTH, HEIGHT = 240, 244
LEFT, RIGHT, TOP, BOTTOM = 34, 232, 8, 206


@dataclass(frozen=True)
class Risk:
    """Observed rate with its interval among patients with about the same predicted risk."""

    predicted: float
    observed: float
    low: float
    high: float


def chart(
    risks: Sequence[Risk], baseline: Sequence[Risk], look: Look, *, ident: str, title: str, description: str
) -> Markup:
    """``baseline``: the curve without augmentation, drawn behind; may be empty."""
    x, y = Scale(0, 1, LEFT, RIGHT), Scale(0, 1, BOTTOM, TOP)
    marks = [
        left_axis(y, LEFT, RIGHT, 5),
        bottom_axis(x, TOP, BOTTOM, "predicted risk", 5),
        line(x(0), y(0), x(1), y(1), "reference"),
    ]
    if baseline:
        marks.append(_curve(baseline, x, y, "curve behind"))
    marks.append(_curve(risks, x, y, f"curve {look.colour}"))
    for risk in risks:
        at = x(risk.predicted)
        marks += [line(at, y(risk.low), at, y(risk.high), f"whisker {look.colour}"), look.point(at, y(risk.observed))]
    return figure(WIDTH, HEIGHT, *marks, ident=ident, title=title, description=description)


def _curve(risks: Sequence[Risk], x: Scale, y: Scale, class_: str) -> Markup:
    points = " ".join(f"{number(x(r.predicted))},{number(y(r.observed))}" for r in risks)
    return el("polyline", points=points, class_=class_)
