"""A graph of variables in layers: every arrow leads to the right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from markupsafe import Markup

from fewfold.report.charts.svg import el, figure, group, number, text
from fewfold.report.numbers import clip

Edge = tuple[str, str, float]  # parent, child, strength
Stop = tuple[str, int]  # a name, and a layer
WIDTH, HEIGHT = 104, 20
ACROSS, DOWN = 152, 30
HEAD = 6
STRONG = (3.0, 10.0)  # log odds from which an edge is drawn thicker


def chart(edges: Sequence[Edge], *, ident: str, title: str, description: str) -> Markup:
    """``edges`` without a cycle; the stronger, the thicker."""
    depth = _depths(edges)
    ways = [_way(parent, child, depth) for parent, child, _ in edges]
    places = _places(ways)
    arrows = [_arrow([places[s] for s in way], strength) for way, (_, _, strength) in zip(ways, edges, strict=True)]
    boxes = [_box(name, *places[name, k]) for name, k in depth.items()]
    size = (max(depth.values(), default=0) * ACROSS + WIDTH, max((y for _, y in places.values()), default=0) + DOWN / 2)
    return figure(*size, group(*arrows), group(*boxes), ident=ident, title=title, description=description)


def _depths(edges: Sequence[Edge]) -> dict[str, int]:
    """The layer of each name: the length of the longest way that leads to it."""
    parents: dict[str, list[str]] = {}
    for parent, child, _ in edges:
        parents.setdefault(parent, [])
        parents.setdefault(child, []).append(parent)
    depth: dict[str, int] = {}
    while len(depth) < len(parents):
        ready = {n: own for n, own in parents.items() if n not in depth and all(p in depth for p in own)}
        depth |= {name: max((depth[p] + 1 for p in own), default=0) for name, own in ready.items()}
    return depth


def _way(parent: str, child: str, depth: dict[str, int]) -> list[Stop]:
    """The stops of an arrow: one in each layer, those between under the name of the parent, whose arrows share them."""
    return [*((parent, k) for k in range(depth[parent], depth[child])), (child, depth[child])]


def _places(ways: Sequence[Sequence[Stop]]) -> dict[Stop, tuple[float, float]]:
    """Left edge and middle of each stop, near those before it; boxes take more room than arrows that pass."""
    before: dict[Stop, list[Stop]] = {way[0]: [] for way in ways}
    for way in ways:
        for one, other in pairwise(way):
            before.setdefault(one, [])
            before.setdefault(other, []).append(one)
    boxes = {way[0] for way in ways} | {way[-1] for way in ways}
    layers: dict[int, list[Stop]] = {}
    height: dict[Stop, float] = {}
    for k in sorted({k for _, k in before}):
        layer = [stop for stop in before if stop[1] == k]
        layers[k] = sorted(layer, key=lambda stop: sum(height[s] for s in before[stop]) / max(len(before[stop]), 1))
        rooms = [DOWN if stop in boxes else DOWN / 3 for stop in layers[k]]
        ends = accumulate(rooms)
        height |= {s: end - (room + sum(rooms)) / 2 for s, room, end in zip(layers[k], rooms, ends, strict=True)}
    top = min((y - DOWN / 2 for y in height.values()), default=0.0)
    return {(name, k): (k * ACROSS, y - top) for (name, k), y in height.items()}


def _arrow(stops: Sequence[tuple[float, float]], strength: float) -> Markup:
    path = ""
    for (left, y), (right, down) in pairwise(stops):
        start, end = left + WIDTH, right - (HEAD if (right, down) == stops[-1] else 0)
        bend = number((start + end) / 2)
        path += f"{'L' if path else 'M'}{number(start)} {number(y)}"
        path += f"C{bend} {number(y)} {bend} {number(down)} {number(end)} {number(down)}"
    to, down = stops[-1]
    head = f"M{number(to)} {number(down)}l-{HEAD} -3.5v7Z"
    thick = sum(strength >= each for each in STRONG)
    return el("path", d=path, class_=f"link l{thick}") + el("path", d=head, class_="head")


def _box(name: str, x: float, y: float) -> Markup:
    box = el("rect", x=x, y=y - HEIGHT / 2, width=WIDTH, height=HEIGHT, rx=4, class_="node")
    return box + text(clip(name, 16), x + WIDTH / 2, y + 4, anchor="middle")
