"""Copying of lesions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats, Ints
from fewfold.methods.mixing.base import Draw, Mixing
from fewfold.methods.mixing.labelled import Labelled, blended, check_alike


class LesionPaste(Mixing):
    """Copies one lesion of the second sample to another place of the first, where its region has room for all of it.

    A lesion is a set of points of the mask that touch along an axis. One is drawn evenly, then its place, evenly among
    all where each point of it lies in the region of the first sample and on no lesion that is there. It goes in
    unaltered; around it the values of its surroundings fade out over ``edge`` (in units of the spacing), within the
    region and outside other lesions. Made samples have a mask, and no label of a class. Raises ``NotApplicable`` where
    the partner has no lesion, or the region no room for it; ``BadInput`` where a mask or the region is missing.
    Copying with blended edges: 10.48550/arXiv.2012.07177.
    """

    name = "lesion_paste"

    def __init__(self, *, edge: float = 2.0) -> None:
        if not 0 <= edge < np.inf:
            raise BadInput(expected="an edge of 0 or more", found=repr(edge), fix="Pass millimetres.")
        self.edge = float(edge)

    def draw(self, rng: Rng, first: Labelled, second: Labelled) -> Draw:
        """Which lesion (from 1), by how many points it moves along each axis, and the width of its edge."""
        from scipy.ndimage import find_objects, label

        check_alike(first, second)
        numbered, n = label(second.lesion)
        if n == 0:
            raise NotApplicable("The partner has no lesion.")
        lesion = int(rng.integers(1, n + 1))
        box = find_objects(numbered)[lesion - 1]
        places = room(_free(first), numbered[box] == lesion)
        if not len(places):
            raise NotApplicable(f"The region has no room for lesion {lesion} of the partner.")
        corner = places[rng.integers(len(places))]
        offset = [int(to) - own.start for to, own in zip(corner, box, strict=True)]
        return {"lesion": lesion, "offset": offset, "edge": self.edge}

    def apply(self, first: Labelled, second: Labelled, drawn: Draw) -> Labelled:
        """The first sample with the lesion of the second."""
        from scipy.ndimage import find_objects, label

        check_alike(first, second)
        free, numbered = _free(first), label(second.lesion)[0]
        margin = [int(drawn["edge"] / step) for step in second.spacing]
        box = find_objects(numbered)[drawn["lesion"] - 1]
        source, target = _around(box, margin, drawn["offset"], second.grid)
        values, mask = first.values.copy(), first.marks.copy()
        weight = _fading(numbered[source], drawn["lesion"], drawn["edge"], second.spacing) * free[target]
        rim, lesion = weight > 0, numbered[source] == drawn["lesion"]
        around = blended(values[target][rim], second.values[source][rim], first.over(weight)[rim])
        values[target][rim] = around
        values[target][lesion] = second.values[source][lesion]
        mask[target][lesion] = second.marks[source][lesion]
        return replace(first, values=values, mask=mask, label=None)


def room(free: Bools, lesion: Bools) -> Ints:
    """(n, dims) every first corner at which all points of ``lesion`` (its box) lie on ``free`` points."""
    from scipy.ndimage import find_objects
    from scipy.signal import fftconvolve

    within = find_objects(free.astype(np.int8))
    if not within or any(own > s.stop - s.start for own, s in zip(lesion.shape, within[0], strict=True)):
        return np.empty((0, lesion.ndim), dtype=np.int64)
    flipped = lesion[(slice(None, None, -1),) * lesion.ndim]
    hits = fftconvolve(free[within[0]].astype(np.float64), flipped.astype(np.float64), mode="valid")
    places: Ints = np.argwhere(hits > lesion.sum() - 0.5) + [s.start for s in within[0]]
    return places


def _free(sample: Labelled) -> Bools:
    if sample.region is None:
        raise BadInput(
            expected="a region in which the lesion must lie", found="none", fix="Pass Labelled(..., region=organ)."
        )
    free: Bools = (sample.region != 0) & ~sample.lesion
    return free


def _around(box: Any, margin: list[int], offset: list[int], grid: tuple[int, ...]) -> tuple[Any, Any]:
    """The box with a margin, in the second sample and where it goes, as far as both lie within the grid."""
    source, target = [], []
    for own, rim, step, n in zip(box, margin, offset, grid, strict=True):
        low, high = max(own.start - rim, 0, -step), min(own.stop + rim, n, n - step)
        source.append(slice(low, high))
        target.append(slice(low + step, high + step))
    return tuple(source), tuple(target)


def _fading(numbered: Ints, lesion: int, edge: float, spacing: tuple[float, ...]) -> Floats:
    """The weight of what surrounds the lesion, falling evenly from 1 on it to 0 at ``edge``; 0 on all lesions."""
    from scipy.ndimage import distance_transform_edt

    if edge == 0:
        return np.zeros(numbered.shape)
    weight: Floats = np.maximum(0.0, 1 - distance_transform_edt(numbered != lesion, sampling=spacing) / edge)
    weight[numbered != 0] = 0
    return weight
