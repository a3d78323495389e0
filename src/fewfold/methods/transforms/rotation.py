"""Rotation about the centre."""

from __future__ import annotations

from itertools import combinations
from math import cos, radians, sin
from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Geometric, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.affine import Affine, compose, linear
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp, straight


class Rotation(Geometric):
    """Turns the image about its centre, in real lengths where the spacing is known.

    ``degrees``: the angle, drawn evenly; one for each plane of two axes (one in an image, three in a volume: the planes
    of axes 0 and 1, 0 and 2, 1 and 2, in this order). Positive angles turn the first axis of the plane towards the
    second one, as ``numpy.rot90`` does: counter-clockwise in an image that is shown with rows going down.
    """

    card = MethodCard(
        name="rotation",
        title="Rotation",
        family="transform",
        modalities=("image", "volume"),
        summary="Turns the image about its centre.",
        min_subjects=1,
        may_destroy=("orientation", "position", "texture"),
        cost="part of the one resampling of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )
    strengths = MappingProxyType({"degrees": about(0)})

    def __init__(self, *, degrees: Range = 15.0, p: float = 1.0) -> None:
        self.degrees, self.p = as_json(degrees), chance(p)
        self._span = span(degrees, "degrees")

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        planes = 1 if lattice.ndim == 2 else 3
        return {"degrees": [uniform(rng, self._span) for _ in range(planes)]}

    def _warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        n, rows = lattice.ndim, None
        for (i, j), angle in zip(combinations(range(n), 2), drawn["degrees"], strict=True):
            turn = turned(n, i, j, angle)
            rows = turn if rows is None else compose(rows, turn)
        return straight(lattice, rows or ())


def turned(n: int, i: int, j: int, degrees: float) -> Affine:
    """Back to where the points of the plane of axes ``i`` and ``j`` come from."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    if n == 2:
        return ((c, s, 0.0), (-s, c, 0.0))
    matrix = [[float(a == b) for b in range(n)] for a in range(n)]
    matrix[i][i], matrix[i][j], matrix[j][i], matrix[j][j] = c, s, -s, c
    return linear(matrix)
