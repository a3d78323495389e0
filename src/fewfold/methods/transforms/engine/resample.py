"""One resampling of an image or volume under a warp, and one lookup of its values on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.engine import fallback, kernel
from fewfold.methods.transforms.engine.displacement import ControlGrid, Displacement
from fewfold.methods.transforms.engine.warp import Warp

Values = npt.NDArray[Any]
Interpolation = Literal["linear", "nearest", "majority"]
Border = Literal["constant", "edge", "mirror"]

KINDS = {np.dtype(kind): code for code, kind in enumerate((np.uint8, np.uint16, np.int16, np.float32, np.int32))}
MODES = {name: code for code, name in enumerate(get_args(Interpolation))}
BORDERS = {name: code for code, name in enumerate(get_args(Border))}
PLANE = (0.0,) * 4  # what the kernel reads of the first axis of an image
STORED_AS = {"b": np.uint8, "u": np.int32, "i": np.int32}  # labels of other types, while they are resampled


def resample(
    image: Values,
    warp: Warp,
    *,
    interpolation: Interpolation = "linear",
    border: Border = "constant",
    fill: float = 0,
    lookup: Values | None = None,
    threads: int = 1,
) -> Values:
    """``image`` at the points of ``warp.target``.

    ``image``: an array of the shape of ``warp.source``, with channels after it or none. Linear interpolation of 8 or
    16 bit integers and single precision; other floats are read as single precision. ``nearest`` and ``majority`` are
    for labels: ``majority`` takes the label with the largest weight in the cell, as if each had been interpolated by
    itself. Beyond the border lies the ``fill`` value (``constant``), the nearest point (``edge``), or the mirror image
    about the outermost point (``mirror``). ``lookup`` is what values are sent through afterwards.
    """
    source = native(image) if interpolation == "linear" else labels(image)
    if fill:
        _check_fill(fill, source.dtype)
    made = np.empty(warp.target.shape + source.shape[warp.source.ndim :], dtype=source.dtype)
    if kernel.KERNEL is None:
        made = fallback.resampled(source, warp, interpolation, border, fill)
        made = made if lookup is None else fallback.curved(made, lookup)
    elif made.size:
        _compiled(source, made, warp, (MODES[interpolation], BORDERS[border]), fill, lookup, threads)
    return made if interpolation == "linear" else made.astype(image.dtype, copy=False)


def curved(image: Values, lookup: Values) -> Values:
    """A copy of ``image`` (channels last, or none) with its values sent through ``lookup``."""
    source = native(image)
    if kernel.KERNEL is None:
        return fallback.curved(source, lookup)
    made = source.copy()
    channels = len(lookup) if source.dtype == np.uint8 and lookup.ndim == 2 else 1
    table, curve = (lookup, None) if source.dtype == np.uint8 else (None, lookup)
    kernel.KERNEL.curve(made, KINDS[source.dtype], channels, table, curve)
    return made


def native(image: Values) -> Values:
    """``image``, contiguous and of a type that is interpolated as it is; floats of other widths as single precision."""
    dtype = image.dtype.newbyteorder("=")
    if dtype.kind == "f":
        dtype = np.dtype(np.float32)
    if dtype not in KINDS or dtype == np.int32:
        raise BadInput(
            expected="an image of 8 or 16 bit integers or of floats",
            found=f"values of type {image.dtype}",
            fix="Convert it, for example with astype('float32'); labels go in as a mask.",
        )
    return np.ascontiguousarray(image, dtype=dtype)


def labels(mask: Values) -> Values:
    """``mask``, contiguous and of a type whose values are moved as they are."""
    if mask.dtype.kind not in "biu":
        raise BadInput(
            expected="labels that are integers or booleans",
            found=f"values of type {mask.dtype}",
            fix="Convert them, for example with astype('uint8').",
        )
    dtype = mask.dtype.newbyteorder("=")
    if dtype not in KINDS:
        wanted = np.dtype(STORED_AS[dtype.kind])
        if dtype.itemsize >= 4 and mask.size and (mask.max() > 2**31 - 1 or mask.min() < -(2**31)):
            raise BadInput(
                expected="labels within 32 bits",
                found=f"{mask.min()} to {mask.max()}",
                fix="Number the labels anew.",
            )
        dtype = wanted
    return np.ascontiguousarray(mask, dtype=dtype)


def _check_fill(fill: float, dtype: np.dtype[Any]) -> None:
    if dtype.kind == "f":
        return
    limits = np.iinfo(dtype)
    if not (limits.min <= fill <= limits.max and float(fill).is_integer()):
        raise BadInput(expected=f"a fill value of type {dtype}", found=repr(fill), fix="Pass one within its limits.")


class _Field(NamedTuple):
    """A displacement as the kernel reads it: in steps of the source, over indices of the target."""

    code: int
    values: Values | None = None
    grid: tuple[int, ...] = (0, 0, 0)
    degree: int = 0
    layout: Values | None = None


def _field(displacement: Displacement | None, warp: Warp) -> _Field:
    if displacement is None:
        return _Field(0)
    n = warp.source.ndim
    per = np.reshape(warp.source.spacing, (n,) + (1,) * n)
    if isinstance(displacement, ControlGrid):
        first = warp.target.to_places(np.zeros((n, 1)))[:, 0]
        scale = np.array(warp.target.spacing) / displacement.spacing
        offset = (first - displacement.origin) / displacement.spacing
        layout = np.array([[1.0] * (3 - n) + scale.tolist(), [0.0] * (3 - n) + offset.tolist()])
        grid = (1,) * (3 - n) + displacement.values.shape[1:]
        return _Field(1, np.ascontiguousarray(displacement.values / per), grid, displacement.degree, layout)
    values = displacement.at(warp.target.places())
    return _Field(2, np.ascontiguousarray(values / per, dtype=np.float32))


def _compiled(
    source: Values,
    made: Values,
    warp: Warp,
    codes: tuple[int, int],
    fill: float,
    lookup: Values | None,
    threads: int,
) -> None:
    assert kernel.KERNEL is not None
    n = warp.source.ndim
    channels = made.size // len_of(warp.target.shape)
    rows = warp.index_affine()
    matrix = np.array([PLANE, (0.0, *rows[0]), (0.0, *rows[1])] if n == 2 else rows)
    field = _field(warp.displacement, warp)
    byte = source.dtype == np.uint8
    run = partial(
        kernel.KERNEL.warp, source, made, KINDS[source.dtype], *codes, float(fill), n, channels,
        (1,) * (3 - n) + warp.source.shape, (1,) * (3 - n) + warp.target.shape, matrix, *field,
        lookup if byte else None, None if byte else lookup,
    )  # fmt: skip
    total = len_of(warp.target.shape[:-1])
    if threads == 1:
        run(0, total)
        return
    bounds = [total * k // threads for k in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, bounds[:-1], bounds[1:]))


def len_of(shape: tuple[int, ...]) -> int:
    """The number of points."""
    size = 1
    for n in shape:
        size *= n
    return size
