"""Parallel projections of a plane, and filtered back-projection, by fast Fourier transforms alone.

The views are those of a linogram (Edholm and Herman 1987, doi 10.1109/TMI.1987.4307847): the tangents of their angles,
not the angles, are evenly spaced, half of them about the first axis and half about the second. Then no view needs any
interpolation: the lines of a plane are transformed, and summed over each view by a chirp z-transform (Bluestein).
"""

from __future__ import annotations

from math import pi

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats
from fewfold.methods.transforms.engine.kspace import Signal

Rays = tuple[Signal, Signal]
Waves = npt.NDArray[np.complex64]


class _Half:
    """Views from -45 to 45 degrees about the axis of the rows: along each ray, column = start + tangent * row.

    Rows are counted from the centre of the plane, and both are lengths. The first starts are those of the columns, one
    ray a column; those after them go on, and come back from the other side past half of the length of all.
    """

    def __init__(self, shape: tuple[int, int], spacing: tuple[float, float], views: int, cutoff: float) -> None:
        from scipy.fft import fft, next_fast_len, rfft

        self.rows, self.columns = shape
        self.views, self.row_step, self.step = views, *spacing
        self.length = next_fast_len(sum(shape), real=True)
        order = np.arange(self.length // 2 + 1)
        per_length = order / (self.length * spacing[1])
        view, row = np.arange(views) - (views - 1) / 2, np.arange(self.rows) - (self.rows - 1) / 2
        self.tangents = (view * 2 / views)[:, None]
        self.secants = np.hypot(1, self.tangents).astype(np.float32)
        self.size = next_fast_len(self.rows + views - 1)
        lag = np.arange(self.size)
        lag[lag >= views] -= self.size
        turn = 2 * pi * per_length * spacing[0] / views
        self.before, self.after = _chirp(turn, row), _chirp(turn, view)
        self.kernel = fft(_chirp(-turn, lag + view[0] - row[0]), axis=0)
        ramp, odd = np.zeros(self.length), order[1::2]
        ramp[0], ramp[odd], ramp[-odd] = 0.25, -1 / (pi * odd) ** 2, -1 / (pi * odd) ** 2
        gain = rfft(ramp).real / spacing[1]
        share = np.minimum(per_length * self.secants / cutoff, 1)
        self.filter = (2 / views * gain * (0.5 + 0.5 * np.cos(pi * share))).astype(np.float32)

    def lines(self, plane: Signal) -> Signal:
        """(views, starts) the integrals over lines, in the unit of the spacing."""
        from scipy.fft import fft, ifft, irfft, rfft

        waves = rfft(plane, n=self.length, axis=1)
        waves *= self.before
        waves = fft(waves, n=self.size, axis=0, overwrite_x=True)
        waves *= self.kernel
        summed = ifft(waves, axis=0, overwrite_x=True)[: self.views]
        summed *= self.after
        made: Signal = irfft(summed, n=self.length, axis=1, overwrite_x=True)
        made *= self.secants * np.float32(self.row_step)
        return made

    def plane(self, lines: Signal) -> Signal:
        """(rows, columns) what these views add to the filtered back-projection of ``lines``."""
        from scipy.fft import fft, ifft, irfft, rfft

        waves = rfft(lines / self.secants, axis=1)
        waves *= self.filter
        waves *= self.after.conj()
        waves = fft(waves, n=self.size, axis=0, overwrite_x=True)
        waves *= self.kernel.conj()
        spread = ifft(waves, axis=0, overwrite_x=True)[: self.rows]
        spread *= self.before.conj()
        made: Signal = irfft(spread, n=self.length, axis=1, overwrite_x=True)[:, : self.columns]
        return made

    def distances(self, row: float, column: float) -> Signal:
        """(views, starts) the signed distance of each ray from a place."""
        starts = (np.arange(self.length) - (self.columns - 1) / 2) * self.step
        starts[starts >= self.length * self.step / 2] -= self.length * self.step
        made: Signal = ((column - self.tangents * row - starts) / self.secants).astype(np.float32)
        return made


def _chirp(turn: Floats, places: npt.NDArray[np.floating]) -> Waves:
    """(places, turns) complex numbers whose phase is turn * place ** 2."""
    made: Waves = np.exp(1j * np.outer(places**2, turn)).astype(np.complex64)
    return made


class Scanner:
    """A parallel-beam scanner for planes of one shape (rows, columns) and spacing.

    There are as many views, in each of the two halves, as points along the longer axis. The filter is a ramp under a
    Hann window that ends at the highest frequency of the coarser axis. A field of rays is a pair of (views, starts)
    arrays in single precision.
    """

    def __init__(self, shape: tuple[int, int], spacing: tuple[float, float]) -> None:
        views, cutoff = max(shape), 0.5 / max(spacing)
        self.halves = (
            _Half(shape, spacing, views, cutoff),
            _Half(shape[::-1], spacing[::-1], views, cutoff),
        )

    def project(self, plane: Signal) -> Rays:
        """The integrals of ``plane`` along all rays, in the unit of the spacing."""
        first, second = self.halves
        return first.lines(plane), second.lines(np.ascontiguousarray(plane.T))

    def reconstruct(self, rays: Rays) -> Signal:
        """The plane whose integrals are ``rays``: their filtered back-projection."""
        first, second = (half.plane(lines) for half, lines in zip(self.halves, rays, strict=True))
        return first + second.T

    def distances(self, row: float, column: float) -> Rays:
        """The signed distance of each ray from a place, which is told from the centre of the plane."""
        first, second = self.halves
        return first.distances(row, column), second.distances(column, row)

    def sizes(self) -> Rays:
        """(views, 1) the width of each ray times the angle to the next view, in the unit of the spacing."""
        first, second = (half.step * 2 / half.views / half.secants**3 for half in self.halves)
        return first, second
