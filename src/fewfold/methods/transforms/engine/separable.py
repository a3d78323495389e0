"""Fields that are sums of products of functions of one axis each, evaluated slab by slab."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fewfold.core.types import Floats
from fewfold.methods.transforms.engine import kernel
from fewfold.methods.transforms.engine.kspace import Signal

BLOCK = 2**16  # values


def slabs(signal: Signal, first: Floats, rest: Floats) -> Iterator[tuple[Signal, Signal]]:
    """Slabs of ``signal`` across its first axis, each with the field there, ready to be multiplied or added.

    The field is the sum over r of ``first`` (n, r) times ``rest`` (r, ...), whose axes are the other ones of the
    lattice. Where the signal has channels after them, they share the field. A slab stays in the cache.
    """
    shape = (-1, *rest.shape[1:]) + (1,) * (signal.ndim - rest.ndim)
    rows, columns = first.astype(np.float32), rest.reshape(len(rest), -1).astype(np.float32)
    step = max(1, BLOCK // columns.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        yield signal[part], (rows[part] @ columns).reshape(shape)


def biased(signal: Signal, rows: Floats, columns: Floats) -> Signal:
    """``signal`` (contiguous, overwritten) times the exponential of ``rows`` @ ``columns``.

    ``rows`` (m, r), of all axes of the lattice but the last, in order; ``columns`` (r, n), of the last. Channels after
    it share the field.
    """
    columns = np.repeat(columns, signal.size // (len(rows) * columns.shape[1]), axis=1)
    if kernel.KERNEL is None:
        for slab, field in slabs(signal.reshape(len(rows), -1), rows, columns):
            slab *= np.exp(field, out=field)
    else:
        first, last = (np.ascontiguousarray(part, dtype=np.float32) for part in (rows, columns))
        kernel.KERNEL.bias(signal, first, last, len(last))
    return signal
