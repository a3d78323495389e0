"""The share that is left over time: of patients with its interval, of synthetic rows as a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts.scale import Scale, bottom_axis, left_axis
from fewfold.report.charts.svg import el, figure, number

WIDTH, HEIGHT = 360, 244
LEFT, RIGHT, TOP, BOTTOM = 40, 350, 8, 206


@dataclass(frozen=True)
class Left:
    """The share of the patients that is left at each time, with its interval."""

    times: Sequence[float]
    share: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def chart(real: Left, made: Sequence[float], *, label: str, ident: str, title: str, description: str) -> Markup:
    """``made``: the share of synthetic rows at the same times; ``label`` stands below the axis of time."""
    x, y = Scale(0, max(real.times) or 1.0, LEFT, RIGHT), Scale(0, 1, BOTTOM, TOP)
    ends = [*_steps(real.times, real.high, x, y), *reversed(_steps(real.times, real.low, x, y))]
    marks = [
        left_axis(y, LEFT, RIGHT, 5),
        bottom_axis(x, TOP, BOTTOM, label, 5),
        el("polygon", points=" ".join(ends), class_="band"),
        el("polyline", points=" ".join(_steps(real.times, real.share, x, y)), class_="curve behind"),
        el("polyline", points=" ".join(_steps(real.times, made, x, y)), class_="curve s0"),
    ]
    return figure(WIDTH, HEIGHT, *marks, ident=ident, title=title, description=description)


def _steps(times: Sequence[float], values: Sequence[float], x: Scale, y: Scale) -> list[str]:
    """The corners of a curve that stays level until the next time."""
    corners: list[str] = []
    for k, (time, value) in enumerate(zip(times, values, strict=True)):
        if k:
            corners.append(f"{number(x(time))},{number(y(values[k - 1]))}")
        corners.append(f"{number(x(time))},{number(y(value))}")
    return corners
