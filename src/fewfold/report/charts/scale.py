"""Scales, ticks and axes that all charts share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts.svg import group, line, text
from fewfold.report.numbers import fmt


@dataclass(frozen=True)
class Scale:
    """Maps ``low`` to ``start`` and ``high`` to ``stop``; what lies beyond is held at the edge."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """The coordinate of a value."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    def ticks(self, count: int = 4) -> list[tuple[float, str]]:
        """About ``count`` round values within the scale, and how they are written."""
        step = _round_step((self.high - self.low) / count)
        places = next(k for k in range(12) if abs(round(step, k) - step) < 1e-6 * step)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [(k * step, fmt(k * step, places)) for k in range(first, last + 1)]


def fitted(values: Iterable[float | None], start: float, stop: float, pad: float = 0.06) -> Scale:
    """A scale that holds all known values, with some air around them."""
    known = [v for v in values if v is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    air = pad * (high - low)
    return Scale(low - air, high + air, start, stop)


def bottom_axis(scale: Scale, top: float, bottom: float, label: str = "", count: int = 4) -> Markup:
    """Ticks and their grid lines below a chart."""
    marks = []
    for value, written in scale.ticks(count):
        x = scale(value)
        marks += [line(x, top, x, bottom, "grid"), text(written, x, bottom + 14, "tick", "middle")]
    marks.append(line(scale.start, bottom, scale.stop, bottom, "axis"))
    if label:
        marks.append(text(label, (scale.start + scale.stop) / 2, bottom + 30, "label", "middle"))
    return group(*marks)


def left_axis(scale: Scale, left: float, right: float, count: int = 4) -> Markup:
    """Ticks and their grid lines at the left of a chart."""
    marks = []
    for value, written in scale.ticks(count):
        y = scale(value)
        marks += [line(left, y, right, y, "grid"), text(written, left - 6, y + 3.5, "tick", "end")]
    return group(*marks)


def _round_step(raw: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(raw))
    return power * next(k for k in (1, 2, 2.5, 5, 10) if raw <= k * power * (1 + 1e-9))
