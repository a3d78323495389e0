"""Elastic deformation."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng, Streams
from fewfold.core.types import Floats
from fewfold.methods.transforms.base import Draw, Geometric, Range, about, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.affine import identity
from fewfold.methods.transforms.engine.displacement import ControlGrid
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp

SEEDS = 2**53  # below which every whole number is kept by JSON readers
# Shares of the spacing up to which nothing folds. Cubic B-splines: 1 / K with K = 2.046 in a plane and 2.479 in space
# (Choi and Lee 2000). Linear ones: up to 1 / 2n the sums of their slopes stay below 1.
LARGEST = {1: 1 / 6, 3: 0.4}
_STREAMS = Streams()


class Elastic(Geometric):
    """Moves the points of a coarse control grid at random, and what lies between them smoothly (cubic B-splines).

    ``cells``: of the control grid along the longest axis; the others have as many as keep the cells about as wide as
    high. ``strength``: the largest displacement of a control point along each axis, as a share of the spacing of the
    control points, drawn evenly; up to 0.4, so that no image folds and every one can be undone (Choi and Lee 2000).
    ``degree``: 3, or 1 for linear interpolation between control points, with a strength of up to 1/6. Each control
    point is displaced evenly between minus and plus the drawn strength, from a seed that is on record.
    """

    card = MethodCard(
        name="elastic",
        title="Elastic deformation",
        family="transform",
        modalities=("image", "volume"),
        summary="Deforms the image smoothly at random, without folds.",
        min_subjects=1,
        may_destroy=("shape", "size", "position", "texture"),
        cost="part of the one resampling of a chain",
        references=("10.1109/42.796284", "10.1006/gmod.2000.0531"),
    )
    strengths = MappingProxyType({"strength": about(0)})

    def __init__(
        self, *, cells: int = 6, strength: Range = (0.0, 0.3), degree: Literal[1, 3] = 3, p: float = 1.0
    ) -> None:
        self.cells, self.strength, self.degree, self.p = cells, as_json(strength), degree, chance(p)
        if cells < 1 or degree not in (1, 3):
            raise BadInput(
                expected="1 or more cells, and a degree of 1 or 3",
                found=f"cells={cells}, degree={degree}",
                fix="Change them.",
            )
        self._span = span(strength, "strength", low=0, high=LARGEST[degree])

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        longest = max(lattice.extent)
        cells = [max(1, round(self.cells * extent / longest)) for extent in lattice.extent]
        drawn = {"strength": uniform(rng, self._span), "seed": int(rng.random() * SEEDS)}
        return {"cells": cells, "degree": self.degree, **drawn}

    def _warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        spacing = np.array(lattice.extent) / drawn["cells"]
        shape = (lattice.ndim, *(c + 3 for c in drawn["cells"]))
        rng = _STREAMS.at(drawn["seed"])
        values: Floats = (rng.random(shape) * 2 - 1) * drawn["strength"]
        values *= spacing.reshape((-1,) + (1,) * lattice.ndim)
        origin = -np.array(lattice.extent) / 2 - spacing
        return Warp(lattice, lattice, identity(lattice.ndim), ControlGrid(values, origin, spacing, drawn["degree"]))
