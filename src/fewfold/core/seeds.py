"""Randomness: always a generator handed in, or derived from one seed and a name."""

from __future__ import annotations

import hashlib

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
