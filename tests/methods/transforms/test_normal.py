"""Normal numbers against the transform of Box and Muller in double precision, and against the normal distribution."""

from __future__ import annotations

from math import cos, log, pi, sin, sqrt

import numpy as np
import pytest
from scipy.stats import binom, chi2, kstest, norm

from fewfold.methods.transforms.engine import kernel
from fewfold.methods.transforms.engine.normal import with_normal
from methods.transforms.engines import COMPILED, engine, needs_kernel  # noqa: F401

WORD = 2**64 - 1


def splitmix(state: int, n: int) -> list[int]:
    """The generator as its authors write it: a state that is raised and a mix of it."""
    words = []
    for _ in range(n):
        words.append(state)
        state = state + 0x9E3779B97F4A7C15 & WORD
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        words = [(word ^ word >> shift) * factor & WORD for word in words]
    return words


def numbers(n: int, seed: int, stream: int = 0) -> np.ndarray:
    return with_normal(np.zeros(n, np.float32), 1.0, seed, stream).astype(float)


def test_words_are_those_of_the_published_generator() -> None:
    """Outputs for the seed 1234567, as implementations of SplitMix64 check themselves; the state is raised first."""
    assert splitmix(1234567 + 0x9E3779B97F4A7C15, 3) == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_numbers_are_those_of_box_and_muller(engine: str) -> None:  # noqa: F811
    state = int(np.random.SeedSequence((9, 4)).generate_state(1, np.uint64)[0])
    wanted = np.empty((5, 2, 64))
    for k, word in enumerate(splitmix(state, 5 * 64)):
        upper, lower = word >> 33 | 1, word & 0xFFFFFFFF
        signed = lower - 2**32 * (lower >= 2**31)
        radius, angle = sqrt(-2 * log(upper / 2**31)), pi / 4 * (1 + signed / 2**31)
        signs = 1 - 2 * (lower & 1), 1 - (lower & 2)
        wanted[k // 64, :, k % 64] = signs[0] * radius * cos(angle), signs[1] * radius * sin(angle)
    np.testing.assert_allclose(numbers(640, 9, 4), wanted.ravel(), atol=1.5e-6)


@needs_kernel
@pytest.mark.parametrize("n", [1, 64, 127, 128, 129, 100_000])
def test_the_fallback_gives_the_same_bits(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(n).random(n, dtype=np.float32)
    one = with_normal(values.copy(), 0.3, 5, 1)
    monkeypatch.setattr(kernel, "KERNEL", None)
    other = with_normal(values.copy(), 0.3, 5, 1)
    assert one.tobytes() == other.tobytes()
    monkeypatch.setattr(kernel, "KERNEL", COMPILED)
    longer = with_normal(np.concatenate([values, values]), 0.3, 5, 1)
    assert longer[:n].tobytes() == one.tobytes()


def test_numbers_are_normal() -> None:
    """Moments within four of their standard errors, cells of equal probability, and tails as often as they should be.

    The seeds are fixed; the limits hold with a probability of more than 0.999 for another choice.
    """
    n = 2**21
    found = numbers(n, 1)
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (5, 0, 945), (6, 15, 10170)):
        assert (found**power).mean() == pytest.approx(mean, abs=4 * sqrt(variance / n)), power
    assert kstest(found, "norm").pvalue > 1e-3
    cells = np.bincount((norm.cdf(found) * 1000).astype(int), minlength=1000)
    assert chi2.sf(((cells - n / 1000) ** 2 / (n / 1000)).sum(), 999) > 1e-3
    for beyond in (3.0, 4.0, 4.5):
        for side in (found, -found):
            low, high = binom.interval(1 - 1e-4, n, norm.sf(beyond))
            assert low <= (side > beyond).sum() <= high


def test_numbers_are_independent_of_their_neighbours_and_of_other_streams() -> None:
    n = 2**20
    found, limit = numbers(n, 2), 4.5 / sqrt(2**20)
    others = {f"{lag} apart": (found[:-lag], found[lag:]) for lag in (1, 2, 63, 64, 65, 128, 16384)}
    others |= {"stream": (found, numbers(n, 2, 1)), "seed": (found, numbers(n, 3))}
    for name, (one, other) in others.items():
        for transformed in (np.asarray, np.abs, np.square, np.sign):
            assert abs(np.corrcoef(transformed(one), transformed(other))[0, 1]) < limit, name
    pair = found.reshape(-1, 2, 64)  # of one word
    angle = np.arctan2(pair[:, 1], pair[:, 0]).ravel() / (2 * pi) + 0.5
    assert kstest(angle, "uniform").pvalue > 1e-3
    assert kstest((pair**2).sum(axis=1).ravel(), "chi2", (2,)).pvalue > 1e-3
