"""One variable, real against synthetic: shares per bin or per level on one common axis."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from fewfold.report.charts.scale import Scale
from fewfold.report.charts.svg import el, figure, line, number, text
from fewfold.report.numbers import clip, fmt, places

WIDTH, HEIGHT = 240, 116
BASE, TOP = 94, 6
LEFT, RIGHT = 4, 236
MOST_LEVELS = 12
NAMES, BAR = 92, 20  # width of the level names, height of a level


def histogram(
    edges: Sequence[float], real: Sequence[float], made: Sequence[float], *, ident: str, title: str, description: str
) -> Markup:
    """The real shares as an area, the synthetic ones as a line."""
    x = Scale(edges[0], edges[-1], LEFT, RIGHT)
    y = Scale(0, max(*real, *made, 1e-9), BASE, TOP)
    shown = places(edges[0], edges[-1])
    marks = [
        el("path", d=_steps(edges, real, x, y) + "Z", class_="real"),
        el("path", d=_steps(edges, made, x, y), class_="made"),
        line(LEFT, BASE, RIGHT, BASE, "axis"),
        text(fmt(edges[0], shown), LEFT, BASE + 15, "tick"),
        text(fmt(edges[-1], shown), RIGHT, BASE + 15, "tick", "end"),
    ]
    return figure(WIDTH, HEIGHT, *marks, ident=ident, title=title, description=description)


def bars(
    levels: Sequence[str], real: Sequence[float], made: Sequence[float], *, ident: str, title: str, description: str
) -> Markup:
    """A pair of bars for each of the first levels."""
    shown = levels[:MOST_LEVELS]
    x = Scale(0, max(*real, *made, 1e-9), NAMES, RIGHT)
    marks: list[Markup] = []
    for k, level in enumerate(shown):
        y = 2 + BAR * k
        marks += [
            text(clip(level, 12), NAMES - 6, y + 13, "tick", "end"),
            el("rect", x=NAMES, y=y + 1, width=x(real[k]) - NAMES, height=BAR - 4, class_="real"),
            el("rect", x=NAMES, y=y + 4, width=x(made[k]) - NAMES, height=BAR - 10, class_="made"),
        ]
    height = 4 + BAR * len(shown)
    if len(levels) > len(shown):
        marks.append(text(f"and {len(levels) - len(shown)} more levels", NAMES, height + 11, "tick"))
        height += 18
    return figure(WIDTH, height, *marks, ident=ident, title=title, description=description)


def _steps(edges: Sequence[float], shares: Sequence[float], x: Scale, y: Scale) -> str:
    path = f"M{number(x(edges[0]))} {number(BASE)}"
    for right, share in zip(edges[1:], shares, strict=True):
        path += f"V{number(y(share))}H{number(x(right))}"
    return path + f"V{number(BASE)}"
