"""One interval on one line, beside what it is read against: small enough for a row of a table."""

from __future__ import annotations

from markupsafe import Markup

from fewfold.report.charts.scale import Scale
from fewfold.report.charts.svg import el, figure, line

WIDTH, HEIGHT = 180, 22
MARGIN = 6


def scale(low: float, high: float) -> Scale:
    """The scale of a strip."""
    return Scale(low, high, MARGIN, WIDTH - MARGIN)


def chart(
    x: Scale,
    value: float,
    low: float,
    high: float,
    *,
    ident: str,
    title: str,
    band: tuple[float, float] | None = None,
    zero: bool = False,
) -> Markup:
    """``band``: the range that the value is read against; ``zero``: whether a line stands at zero."""
    middle = HEIGHT / 2
    marks = [line(MARGIN, middle, WIDTH - MARGIN, middle, "grid")]
    if band is not None:
        left, right = x(band[0]), x(band[1])
        marks.append(el("rect", x=left, y=3, width=max(right - left, 1.5), height=HEIGHT - 6, class_="band"))
    if zero:
        marks.append(line(x(0), 1, x(0), HEIGHT - 1, "zero"))
    marks += [line(x(low), middle, x(high), middle, "whisker ink"), el("circle", cx=x(value), cy=middle, r=4)]
    return figure(WIDTH, HEIGHT, *marks, ident=ident, title=title)
