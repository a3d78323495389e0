"""A graph of variables in layers: every arrow leads to the right."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from fewfold.report.charts.svg import el, figure, group, number, text
from fewfold.report.numbers import clip

Edge = tuple[str, str, float]  # parent, child, strength
WIDTH, HEIGHT = 108, 20
ACROSS, DOWN = 172, 30
HEAD = 6
STRONG = (3.0, 10.0)  # log odds from which an edge is drawn thicker


def chart(edges: Sequence[Edge], *, ident: str, title: str, description: str) -> Markup:
    """``edges`` without a cycle; the stronger, the thicker."""
    layers = _layers(edges)
    deepest = max(map(len, layers), default=0)
    places = {
        name: (k * ACROSS, (i + (deepest - len(layer)) / 2) * DOWN + DOWN / 2)
        for k, layer in enumerate(layers)
        for i, name in enumerate(layer)
    }
    arrows = [_arrow(places[parent], places[child], strength) for parent, child, strength in edges]
    boxes = [_box(name, *place) for name, place in places.items()]
    size = ((len(layers) - 1) * ACROSS + WIDTH, deepest * DOWN)
    return figure(*size, group(*arrows), group(*boxes), ident=ident, title=title, description=description)


def _layers(edges: Sequence[Edge]) -> list[list[str]]:
    """Names by the longest way that leads to them, each near the middle of its parents."""
    parents: dict[str, list[str]] = {}
    for parent, child, _ in edges:
        parents.setdefault(parent, [])
        parents.setdefault(child, []).append(parent)
    depth: dict[str, int] = {}
    while len(depth) < len(parents):
        ready = {n: own for n, own in parents.items() if n not in depth and all(p in depth for p in own)}
        depth |= {name: max((depth[p] + 1 for p in own), default=0) for name, own in ready.items()}
    height: dict[str, float] = {}
    layers = []
    for k in range(max(depth.values(), default=-1) + 1):
        middle = {n: sum(height[p] for p in own) / max(len(own), 1) for n, own in parents.items() if depth[n] == k}
        layer = sorted(middle, key=lambda name: middle[name])
        height |= {name: i - len(layer) / 2 for i, name in enumerate(layer)}
        layers.append(layer)
    return layers


def _arrow(start: tuple[float, float], end: tuple[float, float], strength: float) -> Markup:
    x, y, to, down = start[0] + WIDTH, start[1], end[0], end[1]
    bend = number((x + to - HEAD) / 2)
    path = f"M{number(x)} {number(y)}C{bend} {number(y)} {bend} {number(down)} {number(to - HEAD)} {number(down)}"
    head = f"M{number(to)} {number(down)}l-{HEAD} -3.5v7Z"
    thick = sum(strength >= each for each in STRONG)
    return el("path", d=path, class_=f"link l{thick}") + el("path", d=head, class_="head")


def _box(name: str, x: float, y: float) -> Markup:
    box = el("rect", x=x, y=y - HEIGHT / 2, width=WIDTH, height=HEIGHT, rx=4, class_="node")
    return box + text(clip(name, 16), x + WIDTH / 2, y + 4, anchor="middle")
