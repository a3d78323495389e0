"""Normal numbers that are told by a seed, a stream and their place alone.

Output i of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195) makes two of them by the transform of
Box and Muller (1958, doi:10.1214/aoms/1177706645), in single precision: its upper half is the radius, its lower half an
angle in one quadrant and two signs. The radius ends at 6.56 standard deviations, beyond which lie 5e-11 of a normal
distribution. Kernel and numpy give the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.methods.transforms.engine import kernel

Signal = npt.NDArray[np.float32]
Halves = npt.NDArray[np.int32]
Coefficients = tuple[float, ...]
PAIRS = 64  # of a block: it holds the numbers of all cosines, then those of all sines
LOG2: Coefficients = (
    *(1.442695004e00, -7.213473334e-01, 4.809106099e-01, -3.607048281e-01, 2.879183245e-01, -2.389203398e-01),
    *(2.156698591e-01, -2.074210351e-01, 1.261484660e-01),
)  # log2(1 + m) / m between sqrt(1/2) and sqrt(2)
SINE = (7.853981610e-01, -8.074543483e-02, 2.490007127e-03, -3.595450779e-05)  # over t, in t^2: of t eighths of a turn
COSINE = (1.0, -3.084251352e-01, 1.585432525e-02, -3.259386144e-04, 3.529811361e-06)


def with_normal(values: Signal, scale: float, seed: int, stream: int = 0) -> Signal:
    """``values`` (contiguous, overwritten) plus ``scale`` times a normal number for each.

    ``seed``, ``stream``: 0 or above; streams of one seed are independent.
    """
    state = int(np.random.SeedSequence((seed, stream)).generate_state(1, np.uint64)[0])
    if kernel.KERNEL is None:
        values += _numbers(values.size, state, np.float32(scale)).reshape(values.shape)
    else:
        kernel.KERNEL.normal(values, state, scale)
    return values


def _numbers(n: int, state: int, scale: np.float32) -> Signal:
    blocks = -(-n // (2 * PAIRS))
    upper, lower = _halves(state, blocks * PAIRS)
    radius = np.sqrt(_log2(upper.astype(np.float32) * np.float32(2**-31)) * np.float32(-1 / 1.44269504)) * scale
    t = ((lower | 3) ^ 1).astype(np.float32) * np.float32(2**-31)
    sine, cosine = t * _polynomial(SINE, t * t), _polynomial(COSINE, t * t)
    pair = [_signed(radius * (cosine - sine), lower), _signed(radius * (cosine + sine), lower >> 1)]
    return np.stack([each.reshape(blocks, PAIRS) for each in pair], axis=1).ravel()[:n]


def _halves(state: int, n: int) -> tuple[Halves, Halves]:
    """31 bits of which the lowest is 1, and 32 bits, of each of ``n`` words."""
    z = np.uint64(state) + np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(33)).astype(np.int32) | 1, z.astype(np.uint32).view(np.int32)


def _log2(x: Signal) -> Signal:
    """The logarithm to base 2."""
    bits = x.view(np.int32)
    exponent = (bits - 0x3F3504F3) >> 23
    m = (bits - (exponent << 23)).view(np.float32) - np.float32(1)
    return exponent.astype(np.float32) + m * _polynomial(LOG2, m)


def _polynomial(coefficients: Coefficients, x: Signal) -> Signal:
    """By pairs of terms, then of these, and so on: sums in the order of the kernel."""
    terms: list[Any] = [np.float32(each) for each in coefficients]
    while len(terms) > 1:
        pairs = [low + high * x for low, high in zip(terms[::2], terms[1::2], strict=False)]
        terms, x = pairs + terms[2 * len(pairs) :], x * x
    made: Signal = terms[0]
    return made


def _signed(x: Signal, bits: Halves) -> Signal:
    """``x``, negated where the lowest bit is 1."""
    return (x.view(np.int32) ^ (bits << 31)).view(np.float32)
