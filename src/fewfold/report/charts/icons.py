"""A shape for each verdict and severity, beside the word and never instead of it."""

from __future__ import annotations

from markupsafe import Markup

from fewfold.report.charts.svg import el

_CIRCLE = "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20Z"
_OCTAGON = "M8 2h8l6 6v8l-6 6h-8l-6-6v-8Z"
_TRIANGLE = "M12 2.5L23 21.5H1Z"
_SQUARE = "M3 3h18v18h-18Z"
_HEXAGON = "M6.5 2.5h11l5 9.5l-5 9.5h-11l-5-9.5Z"
# outline, and the sign cut into it
_SHAPES = {
    "helps": (_CIRCLE, "M7 12.5l3.5 3.5l6.5-7.5"),
    "harms": ("M1 2.5h22L12 21.5Z", "M12 6v6M12 15v.4"),
    "no_evidence": (_SQUARE, "M7.5 12h9"),
    "not_estimable": (_HEXAGON, "M9.4 9.6a2.7 2.7 0 1 1 3.9 2.5q-1.3.7-1.3 2M12 17v.3"),
    "blocked": (_OCTAGON, "M8.5 8.5l7 7M15.5 8.5l-7 7"),
    "critical": (_OCTAGON, "M12 7v6M12 16.5v.4"),
    "warning": (_TRIANGLE, "M12 9v6M12 17.8v.4"),
    "info": (_CIRCLE, "M12 11v6M12 7.2v.4"),
    "passed": (_CIRCLE, "M7 12.5l3.5 3.5l6.5-7.5"),
    "failed": (_OCTAGON, "M8.5 8.5l7 7M15.5 8.5l-7 7"),
    "not_run": (_SQUARE, "M7.5 12h9"),
}


def icon(name: str, size: int = 22) -> Markup:
    """The shape, in the colour of the text around it."""
    outline, sign = _SHAPES[name]
    return el(
        "svg",
        el("path", d=outline, class_="shape"),
        el("path", d=sign, class_="sign"),
        viewBox="0 0 24 24",
        width=size,
        height=size,
        class_="icon",
        aria_hidden="true",
        focusable="false",
    )
