"""Streaks of metal in computed tomography."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.acquisition import counts, whole
from fewfold.methods.transforms.base import Draw, Range, as_json, chance, span, uniform
from fewfold.methods.transforms.ct_noise import RAY, counted
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.projection import Rays, Scanner
from fewfold.methods.transforms.tomography import WATER, Tomography, slice_axis

# Attenuation at 60 and at 80 keV is 1 + and 1 - this times their mean: tables of NIST, doi 10.18434/T4D01F, where metal
# is between titanium (0.31) and iron (0.34).
SOFTER = {"water": np.float32(0.057), "metal": np.float32(0.33)}


class CtStreak(Tomography):
    """Puts rods of metal into the body: bright and dark streaks leave them, for a hard beam and few photons pass.

    Rods stand across the slices. Half of the photons have 60 keV and half 80 keV, so that a path through metal is read
    as too short; photons are counted as in ``ct_noise``, and behind much metal hardly one is left (photon starvation).
    What is misread goes through filtered back-projection, as in the simulation of Zhang and Yu (2018). Rays that miss
    the metal stay as they are, and what water hardens is corrected, as scanners do.

    ``rods``: how many, drawn evenly. ``radius``: of each, in mm, drawn evenly. ``metal``: how many times as much as
    water it attenuates, drawn evenly in its logarithm; by the tables of NIST it is 36 times for iron and 14 times for
    titanium, in the mean of both energies. ``reach``: how far from the middle of the image a rod may lie along each
    axis, as a share of the extent, drawn evenly, without a look at the image: it may lie outside the body. ``length``:
    of a rod along the slices of a volume, in mm, drawn evenly, with its middle anywhere. ``photons``: see ``ct_noise``.
    Ranges other than of ``metal`` are chosen here. ``axis``: along which the slices of a volume lie; by default that
    with the widest steps. See :class:`Tomography` for the units.
    """

    card = MethodCard(
        name="ct_streak",
        title="Streaks of metal in computed tomography",
        family="transform",
        modalities=("image", "volume"),
        summary="Puts rods of metal into the body, and the streaks that leave them.",
        min_subjects=1,
        may_destroy=("texture", "intensity", "intensity ratio"),
        cost="six Fourier transforms and a Poisson number a ray, for each slice with metal",
        references=("10.1109/TMI.2018.2823083", "10.1109/TMI.1987.4307847"),
    )

    def __init__(
        self,
        *,
        rods: Sequence[int] = (1, 2),
        radius: tuple[float, float] = (2.0, 10.0),
        metal: tuple[float, float] = (14.0, 36.0),
        reach: Range = 0.25,
        length: tuple[float, float] = (10.0, 60.0),
        photons: tuple[float, float] = (3e5, 3e6),
        axis: int | None = None,
        p: float = 1.0,
    ) -> None:
        self.rods, self.radius, self.metal, self.reach = as_json(rods), as_json(radius), as_json(metal), as_json(reach)
        self.length, self.photons, self.axis, self.p = as_json(length), as_json(photons), axis, chance(p)
        self._rods = counts(rods, "rods", low=1)
        self._radius, self._length = span(radius, "radius", low=0.1, high=100), span(length, "length", low=0)
        self._reach = span(reach, "reach", low=-0.5, high=0.5)
        self._metal, self._photons = (
            (log(low), log(high))
            for low, high in (span(metal, "metal", low=1.5, high=200), span(photons, "photons", low=100, high=1e9))
        )

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        axis, extents = slice_axis(self.axis, lattice), list(lattice.extent)
        height = extents.pop(axis) if lattice.ndim == 3 else 0.0
        rods = [self._rod(rng, extents, height) for _ in range(whole(rng, self._rods))]
        drawn = {"rods": rods, "photons": exp(uniform(rng, self._photons)), "electronics": 10.0}
        return {**drawn, "axis": axis, "seed": int(rng.integers(2**53))}

    def _rod(self, rng: Rng, extents: Sequence[float], height: float) -> Draw:
        """One rod: its centre and ends from the middle of the volume and its radius in mm, and its attenuation."""
        centre = [uniform(rng, self._reach) * extent for extent in extents]
        middle, half = uniform(rng, (-height / 2, height / 2)), uniform(rng, self._length) / 2
        metal = exp(uniform(rng, self._metal))
        return {
            "centre": centre,
            "ends": [middle - half, middle + half],
            "radius": uniform(rng, self._radius),
            "metal": metal,
        }

    def _misread(self, scanner: Scanner, density: Signal, place: float, drawn: Draw, rng: Rng) -> Rays | None:
        rods = [rod for rod in drawn["rods"] if rod["ends"][0] <= place <= rod["ends"][1]]
        if not rods:
            return None
        away = zip(*(scanner.distances(*rod["centre"]) for rod in rods), strict=True)
        first, second = (
            _behind(paths, _metal(rods, half), size / np.float32(RAY), drawn, rng)
            for paths, half, size in zip(scanner.project(density), away, scanner.sizes(), strict=True)
        )
        return first, second


def _metal(rods: Sequence[Draw], away: Sequence[Signal]) -> Signal:
    """Paths through rods, which lie as far ``away`` from the rays, in mm of water beyond that which they take up."""
    chords = [2 * np.sqrt(np.maximum(rod["radius"] ** 2 - each**2, 0)) for rod, each in zip(rods, away, strict=True)]
    made: Signal = sum((rod["metal"] - 1) * chord for rod, chord in zip(rods, chords, strict=True))
    return made


def _behind(paths: Signal, metal: Signal, sizes: Signal, drawn: Draw, rng: Rng) -> Signal:
    """By how much paths are misread in mm of water, behind ``metal``, in mm of water too; 0 elsewhere."""
    hit, made = metal > 0, np.zeros_like(paths)
    water, more = np.maximum(paths[hit], 0) * np.float32(WATER), metal[hit] * np.float32(WATER)
    depths = water + more - _hardened(SOFTER["water"] * water + SOFTER["metal"] * more)
    seen = counted(depths, np.broadcast_to(sizes, hit.shape)[hit], drawn, rng) + _hardened(SOFTER["water"] * water)
    made[hit] = (seen - water) / np.float32(WATER)
    return made


def _hardened(bend: Signal) -> Signal:
    """By how much the optical depth of two lines of one strength, ``bend`` above and below their mean, is less."""
    made: Signal = np.logaddexp(bend, -bend) - np.float32(log(2))
    return made
