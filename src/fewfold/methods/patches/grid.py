"""Patches on a regular grid that cover the image."""

from __future__ import annotations

from itertools import product

from fewfold.core.errors import BadInput
from fewfold.methods.patches.place import Place, Source, sized


def grid(
    shape: tuple[int, ...], size: int | tuple[int, ...], *, overlap: int | tuple[int, ...] = 0, source: Source = 0
) -> list[Place]:
    """Places of patches of ``size`` that cover every point of ``shape``, in the order of the array.

    ``shape``: of the image, without channels. ``overlap``: how many points neighbours share along each axis. The last
    patch along an axis ends with the image, and so may share more. No patch goes beyond an edge. Raises ``BadInput``
    for a patch larger than the image, or an overlap that is not below the size.
    """
    extent = sized(size, shape)
    shared = (overlap,) * len(shape) if isinstance(overlap, int) else tuple(overlap)
    if len(shared) != len(shape) or not all(0 <= k < n for k, n in zip(shared, extent, strict=True)):
        raise BadInput(
            expected=f"an overlap from 0 to below the size of the patch, {extent}",
            found=repr(overlap),
            fix="Lower the overlap.",
        )
    starts = [[*range(0, most - n, n - k), most - n] for most, n, k in zip(shape, extent, shared, strict=True)]
    return [Place(source, tuple(shape), low, extent) for low in product(*starts)]
