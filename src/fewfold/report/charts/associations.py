"""A map of the association of every pair of variables, or of the difference of two such maps."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from fewfold.report.charts.svg import el, figure, group, text
from fewfold.report.numbers import clip

Matrix = Sequence[Sequence[float | None]]
SIDE, NAMES, NUMBERS = 240, 124, 20
MOST_NAMES = 24
SHADES = 10


def chart(variables: Sequence[str], matrix: Matrix, *, names: bool, ident: str, title: str, description: str) -> Markup:
    """Values from -1 to 1 in ten shades of two colours. Few variables are numbered, and with ``names`` named."""
    numbered = len(variables) <= MOST_NAMES
    left, top = (NAMES if names else NUMBERS, NUMBERS) if numbered else (0, 0)
    cell = SIDE / max(len(variables), 1)
    marks = [el("rect", x=left, y=top, width=SIDE, height=SIDE, class_="ground")]
    cells = [el("path", d="".join(path), class_=shade) for shade, path in _paths(matrix).items()]
    marks.append(group(*cells, transform=f"translate({left} {top}) scale({cell:.4f})", class_="cells"))
    if numbered:
        for k, name in enumerate(variables):
            middle = (k + 0.5) * cell
            marks.append(
                text(f"{clip(name, 14)} {k + 1}" if names else str(k + 1), left - 5, top + middle + 3.5, "tick", "end")
            )
            marks.append(text(str(k + 1), left + middle, top - 5, "tick", "middle"))
    return figure(left + SIDE, top + SIDE, *marks, ident=ident, title=title, description=description)


def difference(a: Matrix, b: Matrix) -> list[list[float | None]]:
    """``b`` minus ``a``, unknown where one of them is."""
    return [
        [None if p is None or q is None else q - p for p, q in zip(row_a, row_b, strict=True)]
        for row_a, row_b in zip(a, b, strict=True)
    ]


def _paths(matrix: Matrix) -> dict[str, list[str]]:
    """One path a shade: each cell is a stroke of length 1 through the middle of its row."""
    paths: dict[str, list[str]] = {}
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            shade, start = _shade(row[x]), x
            while x < len(row) and _shade(row[x]) == shade:
                x += 1
            if shade:
                paths.setdefault(shade, []).append(f"M{start} {y}.5h{x - start}")
    return dict(sorted(paths.items()))


def _shade(value: float | None) -> str:
    if value is None:
        return "unknown"
    k = min(SHADES, round(abs(value) * SHADES))
    return "" if k == 0 else f"{'above' if value > 0 else 'below'} o{k}"
