"""K-space along one axis, in single precision: lines of one spatial frequency, weighted or put together anew.

Lines are numbered by their frequency in cycles over the extent of the axis, from -(n // 2) to (n - 1) // 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats, Ints

Signal = npt.NDArray[np.float32]
BLOCK = 2**17  # values


def frequencies(n: int) -> Ints:
    """The lines of an axis of ``n`` points, from the lowest to the highest."""
    return np.arange(n, dtype=np.int64) - n // 2


def weighted(signal: Signal, weights: Floats, axis: int) -> Signal:
    """``signal``, overwritten: its lines along ``axis`` multiplied by (n // 2 + 1,) weights, of the lines 0 to n // 2.

    A line below zero has the weight of its mirror image, which keeps the image real.
    """
    from scipy.fft import irfft, rfft

    column = weights.astype(np.float32).reshape((-1,) + (1,) * (signal.ndim - axis - 1))
    for block in _blocks(signal.shape, axis):
        lines = rfft(signal[block], axis=axis)
        lines *= column
        signal[block] = irfft(lines, n=signal.shape[axis], axis=axis, overwrite_x=True)
    return signal


def composed(parts: Sequence[tuple[Signal, Ints]], axis: int) -> Signal:
    """The magnitude of the image whose lines along ``axis`` come from several signals; lines of none of them are zero.

    Each part is a signal and the lines that are taken from it.
    """
    from scipy.fft import ifft, rfft

    made = np.empty_like(parts[0][0])
    for block in _blocks(made.shape, axis):
        total = np.zeros(made[block].shape, dtype=np.complex64)
        into = np.moveaxis(total, axis, 0)
        for signal, lines in parts:
            half = np.moveaxis(rfft(signal[block], axis=axis), axis, 0)
            above, below = lines[lines >= 0], lines[lines < 0]
            into[above] = half[above]
            into[below] = half[-below].conj()
        np.abs(ifft(total, axis=axis, overwrite_x=True), out=made[block])
    return made


def _blocks(shape: tuple[int, ...], axis: int) -> Iterator[tuple[slice, ...]]:
    """Blocks of an array with whole lines along ``axis``, small enough to stay in the cache."""
    across = 0 if axis else 1
    step = max(1, BLOCK * shape[across] // prod(shape))
    for start in range(0, shape[across], step):
        yield (*(slice(None),) * across, slice(start, start + step))
