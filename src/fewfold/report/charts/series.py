"""How an arm looks wherever it is drawn: a colour, a marker and a dash, so that colour alone never tells."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts.svg import el, line, number

_CORNERS = {"square": (4, 45), "diamond": (4, 0), "up": (3, 90), "down": (3, 270), "five": (5, 90)}
MARKERS = ("circle", "square", "up", "diamond", "down", "five")
COLOURS = 6


@dataclass(frozen=True)
class Look:
    """``colour`` is a class of the style sheet."""

    colour: str
    marker: str

    def point(self, x: float, y: float, size: float = 3.6) -> Markup:
        """The marker, centred."""
        if self.marker == "circle":
            return el("circle", cx=x, cy=y, r=size, class_=f"point {self.colour}")
        count, turn = _CORNERS[self.marker]
        angles = [math.radians(turn + 360 * k / count) for k in range(count)]
        radius = 1.25 * size
        corners = [f"{number(x + radius * math.cos(a))},{number(y - radius * math.sin(a))}" for a in angles]
        return el("polygon", points=" ".join(corners), class_=f"point {self.colour}")

    def swatch(self) -> Markup:
        """What stands before the name in a legend."""
        return el(
            "svg",
            line(1, 8, 25, 8, f"curve {self.colour}"),
            self.point(13, 8),
            width=26,
            height=16,
            viewBox="0 0 26 16",
            aria_hidden="true",
        )


def looks(controls: list[str], methods: list[str]) -> dict[str, Look]:
    """A look for every arm: greys and dashes for the controls, colours for the methods under test."""
    out = {name: Look(f"k{i % 4}", MARKERS[i % len(MARKERS)]) for i, name in enumerate(controls)}
    for i, name in enumerate(methods):
        out[name] = Look(f"s{i % COLOURS}", MARKERS[(i + i // COLOURS) % len(MARKERS)])
    return out
