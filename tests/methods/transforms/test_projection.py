"""Projections against closed forms: the chord of a disc, the Gaussian, and the noise of filtered back-projection."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from fewfold.methods.transforms.engine.projection import Rays, Scanner


def axes(scanner: Scanner) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of each half its tangents (views, 1), starts (1, starts) and cosines, from the definition in the docs of rays."""
    found = []
    for half in scanner.halves:
        starts = (np.arange(half.length) - (half.columns - 1) / 2) * half.step
        beyond = half.length * half.step / 2
        starts = np.where(starts >= beyond, starts - 2 * beyond, starts)
        views = half.views
        tangents = ((np.arange(views) + 0.5) * 2 / views - 1)[:, None]
        found.append((tangents, starts[None], 1 / np.hypot(1, tangents)))
    return found


def distances(scanner: Scanner, row: float, column: float) -> list[np.ndarray]:
    """How far a place lies from each ray."""
    (t, start, cosine), (t2, start2, cosine2) = axes(scanner)
    return [(column - t * row - start) * cosine, (row - t2 * column - start2) * cosine2]


def places(shape: tuple[int, int], spacing: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    row, column = ((np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, spacing, strict=True))
    return row[:, None], column[None]


def rays(parts: list[np.ndarray]) -> Rays:
    first, second = (part.astype(np.float32) for part in parts)
    return first, second


SCANS = pytest.mark.parametrize(
    ("shape", "spacing"), [((64, 80), (1.0, 1.0)), ((81, 64), (0.7, 0.7)), ((50, 90), (1.8, 0.9))]
)


@SCANS
def test_the_projection_of_a_gaussian_is_one(shape: tuple[int, int], spacing: tuple[float, float]) -> None:
    row, column = places(shape, spacing)
    plane = np.exp(-((row - 5) ** 2 + (column + 9) ** 2) / (2 * 3.0**2)).astype(np.float32)
    scanner = Scanner(shape, spacing)
    for made, away in zip(scanner.project(plane), distances(scanner, 5, -9), strict=True):
        np.testing.assert_allclose(made, norm.pdf(away, scale=3) * 2 * np.pi * 3**2, atol=5e-3)
        assert made.dtype == np.float32


def test_the_projection_of_a_disc_is_its_chord() -> None:
    shape, spacing = (160, 160), (0.5, 0.5)
    row, column = places((1280, 1280), (0.0625, 0.0625))
    disc = ((row**2 + column**2) < 25**2).reshape(160, 8, 160, 8).mean(axis=(1, 3)).astype(np.float32)
    scanner = Scanner(shape, spacing)
    for made, away in zip(scanner.project(disc), distances(scanner, 0, 0), strict=True):
        chord = 2 * np.sqrt(np.maximum(25**2 - away**2, 0))
        clear = np.abs(np.abs(away) - 25) > 1.5
        np.testing.assert_allclose(made[clear], chord[clear], atol=0.4)


@SCANS
def test_distances_are_those_of_lines(shape: tuple[int, int], spacing: tuple[float, float]) -> None:
    scanner = Scanner(shape, spacing)
    for made, wanted in zip(scanner.distances(5, -9), distances(scanner, 5, -9), strict=True):
        np.testing.assert_allclose(made, wanted, atol=1e-4)


@SCANS
def test_chords_give_back_the_disc(shape: tuple[int, int], spacing: tuple[float, float]) -> None:
    scanner = Scanner(shape, spacing)
    chords = [2 * np.sqrt(np.maximum(15**2 - away**2, 0)) for away in distances(scanner, 2, -3)]
    made = scanner.reconstruct(rays(chords))
    row, column = places(shape, spacing)
    away = np.hypot(row - 2, column + 3)
    assert made.shape == shape
    np.testing.assert_allclose(made[away < 15 - 3 * max(spacing)], 1, atol=0.02)
    np.testing.assert_allclose(made[(away > 15 + 3 * max(spacing)) & (away < 20)], 0, atol=0.02)


def test_noise_of_rays_becomes_the_noise_of_theory() -> None:
    """The variance is that of a ray per width and angle, times the integral of the squared filter over frequencies.

    The variance of each ray is inverse to its size, as that of counts is.
    """
    spacing = (0.7, 0.7)
    scanner, rng = Scanner((256, 256), spacing), np.random.default_rng(0)
    sizes = scanner.sizes()
    for size in sizes:
        assert size.sum() == pytest.approx(0.7 * np.sqrt(2), rel=1e-3)  # of the cubed cosine over tangents
    halves = zip(scanner.halves, sizes, strict=True)
    noise = [rng.standard_normal((256, half.length)) / np.sqrt(size) for half, size in halves]
    made = scanner.reconstruct(rays(noise))
    cutoff = 0.5 / 0.7
    squared = 2 * quad(lambda k: (k * np.cos(np.pi * k / cutoff / 2) ** 2) ** 2, 0, cutoff)[0]
    assert made.var() == pytest.approx(np.pi * squared, rel=0.03)
