"""K-space along one axis, in single precision: lines of one spatial frequency, weighted or put together anew.

Lines are numbered by their frequency in cycles over the extent of the axis, from -(n // 2) to (n - 1) // 2.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats, Ints

Signal = npt.NDArray[np.float32]


def frequencies(n: int) -> Ints:
    """The lines of an axis of ``n`` points, from the lowest to the highest."""
    return np.arange(n, dtype=np.int64) - n // 2


def weighted(signal: Signal, weights: Floats, axis: int) -> Signal:
    """``signal`` with its lines along ``axis`` multiplied by (n // 2 + 1,) weights: of the lines 0 to n // 2.

    A line below zero has the weight of its mirror image, which keeps the image real.
    """
    from scipy.fft import irfft, rfft

    column = weights.astype(np.float32).reshape((-1,) + (1,) * (signal.ndim - axis - 1))
    lines = rfft(signal, axis=axis)
    lines *= column
    made: Signal = irfft(lines, n=signal.shape[axis], axis=axis, overwrite_x=True)
    return made


def composed(parts: Iterable[tuple[Signal, Ints]], axis: int) -> Signal:
    """The magnitude of the image whose lines along ``axis`` come from several signals; lines of none of them are zero.

    Each part is a signal and the lines that are taken from it.
    """
    from scipy.fft import ifft, rfft

    total = None
    for signal, lines in parts:
        if total is None:
            total = np.zeros(signal.shape, dtype=np.complex64)
        half, into = np.moveaxis(rfft(signal, axis=axis), axis, 0), np.moveaxis(total, axis, 0)
        above, below = lines[lines >= 0], lines[lines < 0]
        into[above] = half[above]
        into[below] = half[-below].conj()
    assert total is not None
    made: Signal = np.abs(ifft(total, axis=axis, overwrite_x=True))
    return made
