"""Patches drawn at random, more often where a label is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.methods.patches.place import Place, Source, Values, sized


def sampled(
    mask: Values,
    size: int | tuple[int, ...],
    n: int,
    *,
    weights: Mapping[int, float],
    rng: Rng,
    source: Source = 0,
) -> list[Place]:
    """``n`` places drawn from a mask of whole labels (0 where nothing is), which has the grid of its image.

    For each a label is drawn with its weight, then one of its points evenly. The patch has that point in its middle,
    and is moved into the image where it would go beyond an edge. A label that the mask does not have leaves its weight
    to the others. Raises ``BadInput`` where the mask has none of the labels with a weight (it is empty, say), for
    weights that are negative or not finite, and for a patch larger than the image.
    """
    if mask.dtype.kind not in "biu":
        raise BadInput(
            expected="a mask of whole labels", found=f"values of type {mask.dtype}", fix="Convert it to integers."
        )
    extent = sized(size, mask.shape)
    if n < 0 or not all(np.isfinite(weight) and weight >= 0 for weight in weights.values()):
        raise BadInput(
            expected="a number of patches and weights of 0 or more",
            found=f"n={n}, weights={dict(weights)}",
            fix="Pass weights={label: weight}.",
        )
    points = {label: np.flatnonzero(mask == label) for label, weight in weights.items() if weight > 0}
    there = {label: found for label, found in points.items() if len(found)}
    if not there:
        raise BadInput(
            expected=f"a mask with a label that has a weight ({', '.join(map(str, points)) or 'none has'})",
            found=f"the labels {', '.join(map(str, np.unique(mask)[:10]))}",
            fix="Give the label 0 a weight, or leave images with an empty mask out.",
        )
    labels = list(there)
    shares = np.array([weights[label] for label in labels], dtype=np.float64)
    places = []
    for k in rng.choice(len(labels), size=n, p=shares / shares.sum()):
        at = np.unravel_index(rng.choice(there[labels[k]]), mask.shape)
        low = tuple(
            min(max(int(middle) - own // 2, 0), most - own)
            for middle, own, most in zip(at, extent, mask.shape, strict=True)
        )
        places.append(Place(source, mask.shape, low, extent, int(labels[k])))
    return places
