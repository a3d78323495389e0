"""Patches put together again, each point a weighted mean of the patches that have it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, reduce
from typing import Literal, get_args

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.methods.patches.place import Place, Values

Window = Literal["uniform", "hann", "gaussian"]
SIGMA = 1 / 8  # of the Gaussian, as a share of the size of the patch (nnU-Net, 10.1038/s41592-020-01008-z)


def assemble(patches: Iterable[tuple[Place, Values]], *, window: Window = "uniform") -> Values:
    """The image that patches of one image make, of the type of the patches (integers are rounded).

    ``patches``: places with values of (size, with channels after it or none). ``window``: the weight of a point within
    its patch: the same everywhere, or falling towards the edges of the patch, where a network knows least (``hann``,
    ``gaussian``). Patches that are unaltered give the image back. Raises ``BadInput`` where a point is in no patch,
    where there is no patch, or where patches are of several images.
    """
    if window not in get_args(Window):
        raise BadInput(expected=f"a window: {', '.join(get_args(Window))}", found=repr(window), fix="Pass one of them.")
    total: Floats | None = None
    for place, values in patches:
        if total is None:
            first, channels, dtype = place, values.shape[len(place.size) :], values.dtype
            total, weight = np.zeros(first.grid + channels), np.zeros(first.grid)
        _check(place, values, first, channels)
        own = weights(place.size, window)
        weight[place.slices] += own
        total[place.slices] += values * own.reshape(own.shape + (1,) * len(channels))
    if total is None:
        raise BadInput(expected="patches", found="none", fix="Hand in (place, values) for each patch.")
    if not weight.all():
        raise BadInput(
            expected="patches that cover the image",
            found=f"{int((weight == 0).sum())} points that are in none",
            fix="Take the places from `grid`.",
        )
    total /= weight.reshape(weight.shape + (1,) * len(channels))
    return (total if dtype.kind == "f" else np.rint(total)).astype(dtype)


@lru_cache(maxsize=8)
def weights(size: tuple[int, ...], window: Window) -> Floats:
    """(size) weights of the points of a patch, all above 0; a product over the axes."""
    made: Floats = reduce(np.multiply.outer, [_along(n, window) for n in size])
    made.setflags(write=False)
    return made


def _along(n: int, window: Window) -> Floats:
    """(n,) weights along one axis; those of Hann and Gauss are taken at the middles of n cells."""
    middles: Floats = (np.arange(n) + 0.5) / n
    if window == "hann":
        hann: Floats = np.sin(np.pi * middles) ** 2
        return hann
    if window == "gaussian":
        gaussian: Floats = np.exp(-0.5 * ((middles - 0.5) / SIGMA) ** 2)
        return gaussian
    return np.ones(n)


def _check(place: Place, values: Values, first: Place, channels: tuple[int, ...]) -> None:
    if (place.source, place.grid) != (first.source, first.grid):
        raise BadInput(
            expected=f"patches of one image, {first.source!r} of {first.grid}",
            found=f"one of {place.source!r} of {place.grid}",
            fix="Put the patches of each image together by themselves.",
        )
    if values.shape != place.size + channels or len(channels) > 1:
        raise BadInput(
            expected=f"a patch of {place.size} points, all with the same channels after them or none",
            found=f"shape {values.shape}",
            fix="Give each patch back in the size that it was cut in.",
        )
