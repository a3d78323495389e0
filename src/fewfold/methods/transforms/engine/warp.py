"""A warp: one affine map plus one displacement, from the points of a target back to a source."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.methods.transforms.engine import affine
from fewfold.methods.transforms.engine.affine import Affine
from fewfold.methods.transforms.engine.displacement import ControlGrid, Dense, Displacement
from fewfold.methods.transforms.engine.lattice import Lattice

ROUNDS, CLOSE = 200, 1e-9  # of the iteration that inverts a displacement; of the spacing


class Warp(NamedTuple):
    """Where each point of the target comes from: source place = affine(x) + displacement(x), x a place in the target.

    Places are in units of the spacing from the centre of their lattice, so that chains of maps about the centre
    need no thought of where the centre lies.
    """

    source: Lattice
    target: Lattice
    affine: Affine
    displacement: Displacement | None = None

    def then(self, after: Warp) -> Warp:
        """This warp, followed by ``after``: one warp, so one resampling."""
        rows = affine.compose(self.affine, after.affine)
        moved = after.displacement.mapped(self.affine) if after.displacement is not None else None
        if self.displacement is not None:
            moved = self._displaced(self.displacement, after, moved)
        return Warp(self.source, after.target, rows, moved)

    def _displaced(self, first: Displacement, after: Warp, moved: Displacement | None) -> Displacement:
        """The displacement of ``first`` at the places that ``after`` leads to, plus ``moved``."""
        n = len(self.affine)
        rows = np.array(after.affine)
        straight = np.array_equal(rows[:, :n], np.diag(np.diag(rows[:, :n])))
        if moved is None and straight and isinstance(first, ControlGrid):
            return first.placed(np.diag(rows[:, :n]), rows[:, n])
        places = after.target.places()
        total = first.at(after.back(places))
        if moved is not None:
            total += moved.at(places)
        return Dense(total.astype(np.float32), after.target)

    def back(self, places: Floats) -> Floats:
        """(n, ...) places in the source of (n, ...) places in the target."""
        found = affine.apply(self.affine, places)
        return found if self.displacement is None else found + self.displacement.at(places)

    def forth(self, places: Floats) -> Floats:
        """(n, ...) places in the target of (n, ...) places in the source.

        With a displacement, by fixed-point iteration. Raises ``BadInput`` where it does not settle: the displacement
        folds.
        """
        back = affine.inverse(self.affine)
        found = affine.apply(back, places)
        if self.displacement is None:
            return found
        close = CLOSE * min(self.target.spacing)
        for _ in range(ROUNDS):
            better = affine.apply(back, places - self.displacement.at(found))
            done = not better.size or float(np.abs(better - found).max()) < close
            found = better
            if done:
                return found
        raise BadInput(
            expected="a displacement that can be undone",
            found="one that folds",
            fix="Draw smaller displacements, or more widely spaced control points.",
        )

    def inverse(self) -> Warp:
        """The warp from the source to the target."""
        back = affine.inverse(self.affine)
        if self.displacement is None:
            return Warp(self.target, self.source, back)
        places = self.source.places()
        moved = self.forth(places) - affine.apply(back, places)
        return Warp(self.target, self.source, back, Dense(moved.astype(np.float32), self.source))

    def move(self, points: Floats) -> Floats:
        """(m, n) array indices in the target of (m, n) array indices in the source."""
        return self.target.to_indices(self.forth(self.source.to_places(np.asarray(points, dtype=np.float64).T))).T

    def index_affine(self) -> Affine:
        """The affine map from array indices of the target to array indices of the source."""
        rows = []
        (shape, spacing), (sizes, pers) = self.target, self.source
        for row, size, per in zip(self.affine, sizes, pers, strict=True):
            steps = [each * own / per for each, own in zip(row, spacing, strict=False)]
            middle = sum([step * (m - 1) / 2 for step, m in zip(steps, shape, strict=True)])
            rows.append((*steps, row[-1] / per + (size - 1) / 2 - middle))
        return tuple(rows)


def straight(lattice: Lattice, rows: Affine) -> Warp:
    """The warp of an affine map on one lattice."""
    return Warp(lattice, lattice, rows)
