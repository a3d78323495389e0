"""CarveMix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng
from fewfold.core.types import Bools, Floats
from fewfold.methods.mixing.base import Draw, Mixing
from fewfold.methods.mixing.labelled import Labelled, check_alike


class CarveMix(Mixing):
    """Puts what lies in and around the lesions of the second sample in its place into the first, with its mask.

    The carved region has all points whose signed distance to the edge of the lesions is up to a threshold: below 0 a
    part of the lesions, above 0 a rim with them. The threshold is a share of the largest depth of a point within the
    lesions: with even chance from -1/2 to 0, and from 0 to 1 (10.1007/978-3-030-87193-2_19). So it is never empty. It
    is for samples that are registered to each other. Made samples have a mask, and no label of a class.
    """

    name = "carvemix"

    def draw(self, rng: Rng, first: Labelled, second: Labelled) -> Draw:
        """The threshold as a share of the largest depth."""
        part, share = rng.random(2)
        return {"share": float(share if part < 0.5 else -share / 2)}

    def apply(self, first: Labelled, second: Labelled, drawn: Draw) -> Labelled:
        """The first sample with the carved region of the second."""
        check_alike(first, second)
        lesion = second.lesion
        near = _near(lesion, second.spacing)
        distance = signed_distance(lesion[near], second.spacing)
        carved = distance <= drawn["share"] * -distance.min()
        values, mask = first.values.copy(), first.marks.copy()
        values[near][carved] = second.values[near][carved]
        mask[near][carved] = second.marks[near][carved]
        return replace(first, values=values, mask=mask, label=None, region=None)


def _near(lesion: Bools, spacing: tuple[float, ...]) -> tuple[slice, ...]:
    """A box around the lesions with all that can be carved with them: no point lies deeper in them than the smallest
    extent of their own box along an axis that leads out of them."""
    from scipy.ndimage import find_objects

    boxes = find_objects(lesion.astype(np.int8))
    if not boxes:
        raise NotApplicable("The partner has no lesion.")
    sizes = [(s.stop - s.start, step, n) for s, step, n in zip(boxes[0], spacing, lesion.shape, strict=True)]
    deepest = min((size * step for size, step, n in sizes if size < n), default=np.inf)
    margins = [int(min(deepest / step + 1, n)) for _, step, n in sizes]
    return tuple(slice(max(s.start - rim, 0), s.stop + rim) for s, rim in zip(boxes[0], margins, strict=True))


def signed_distance(lesion: Bools, spacing: tuple[float, ...]) -> Floats:
    """The distance of each point to the nearest one on the other side of the edge: negative within the lesions.

    There must be a lesion; raises ``NotApplicable`` where there is nothing else.
    """
    from scipy.ndimage import distance_transform_edt

    if lesion.all():
        raise NotApplicable("The lesions of the partner fill its field, and have no edge.")
    outside, inside = (distance_transform_edt(part, sampling=spacing) for part in (~lesion, lesion))
    signed: Floats = outside - inside
    return signed
