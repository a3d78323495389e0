"""Randomness: always a generator handed in, or derived from one seed and a name."""

from __future__ import annotations

import hashlib
import threading

import numpy as np

Rng = np.random.Generator


def as_rng(rng: int | Rng) -> Rng:
    """A generator from a seed or a generator. ``None`` is not accepted: an unseeded result cannot be repeated."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise TypeError(f"rng must be a numpy.random.Generator or a non-negative integer seed, not {rng!r}")


def derive(seed: int, *names: str | int | float) -> Rng:
    """A generator that depends on ``seed`` and ``names`` alone, so that the order of work does not matter."""
    digest = hashlib.sha256("\x1f".join(repr(name) for name in names).encode()).digest()
    words = np.frombuffer(digest[:16], dtype=np.uint32)
    return np.random.default_rng(np.random.SeedSequence([seed, *words.tolist()]))


def seed_of(rng: Rng) -> int:
    """Draw a 32-bit seed, for libraries that take an integer."""
    return int(rng.integers(0, 2**32 - 1))


class Streams(threading.local):
    """For each thread one generator that can be put at the start of any stream.

    A stream is told by three whole numbers alone (Philox, a counter-based generator), so that workers, batches and
    order do not matter. To be put elsewhere is ten times faster than to make a generator.
    """

    def __init__(self) -> None:
        self._bits = np.random.Philox(0)
        self._rng = np.random.Generator(self._bits)
        self._start = self._bits.state
        self._key, self._counter = self._start["state"]["key"], self._start["state"]["counter"]

    def at(self, seed: int, index: int = 0, epoch: int = 0) -> Rng:
        """The generator at the start of the stream of ``seed``, ``index`` and ``epoch``, each below 2**64.

        Valid until the next call in this thread.
        """
        self._key[0], self._key[1], self._counter[3] = seed, index, epoch
        self._bits.state = self._start
        return self._rng
