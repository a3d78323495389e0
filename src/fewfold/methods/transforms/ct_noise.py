"""Noise of computed tomography at a low dose."""

from __future__ import annotations

from math import exp, log, pi
from types import MappingProxyType

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, as_json, chance, span, uniform
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.projection import Rays, Scanner
from fewfold.methods.transforms.tomography import WATER, Tomography, slice_axis

RAY = pi / 1000  # a ray 1 mm wide, in one of 1000 views of half a turn: mm times radians

MOST = 1e9  # photons of a ray


def _counted(end: float, magnitude: float) -> float:
    """Four times as many photons have half the noise."""
    return min(end / magnitude**2, MOST)


class CtNoise(Tomography):
    """Adds the noise of a scan with fewer photons: counted along each ray of a parallel beam, then reconstructed.

    Each ray of the image is attenuated, a Poisson number of photons is drawn, and the noise of electronics is added, as
    Zeng et al. (2015) do with raw data; what the logarithm makes of it goes through filtered back-projection with a
    ramp under a Hann window. So noise is stronger behind long paths, runs in streaks along them, and has its texture.
    It comes on top of the noise that is there. Rays are parallel and monochromatic (70 keV); the fan, the bow tie and
    the kernel of a real scanner are not imitated.

    ``photons``: how many a ray 1 mm wide has behind air in each of 1000 views of half a turn, drawn evenly in its
    logarithm. In the middle of 30 cm of water, for points 0.7 mm apart, 3e5 add a standard deviation of 26 Hounsfield
    units, and 3e6 add 8. With far fewer, long paths are read as too short or too long, and mean values shift.
    ``electronics``: the standard deviation of their noise in photons, for the same ray. Both are chosen here.
    ``axis``: along which the slices of a volume lie; by default that with the widest steps. See
    :class:`Tomography` for the units.
    """

    card = MethodCard(
        name="ct_noise",
        title="Low-dose noise of computed tomography",
        family="transform",
        modalities=("image", "volume"),
        summary="Adds the noise of fewer photons, counted along rays and reconstructed.",
        min_subjects=1,
        may_destroy=("texture",),
        cost="four Fourier transforms and one Poisson number a ray, for each slice",
        references=("10.1109/TNS.2015.2467219", "10.1109/TMI.1987.4307847"),
    )
    strengths = MappingProxyType({"photons": _counted})

    def __init__(
        self,
        *,
        photons: tuple[float, float] = (3e5, 3e6),
        electronics: float = 10.0,
        axis: int | None = None,
        p: float = 1.0,
    ) -> None:
        self.photons, self.electronics, self.axis, self.p = as_json(photons), electronics, axis, chance(p)
        fewest, most = span(photons, "photons", low=100, high=MOST)
        self._span = log(fewest), log(most)
        if not 0 <= electronics <= 1e4:
            raise BadInput(
                expected="electronics from 0 to 10000 photons", found=repr(electronics), fix="Pass electronics=10."
            )

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        drawn = {"photons": exp(uniform(rng, self._span)), "electronics": self.electronics}
        return {**drawn, "axis": slice_axis(self.axis, lattice), "seed": int(rng.integers(2**53))}

    def _misread(self, scanner: Scanner, density: Signal, place: float, drawn: Draw, rng: Rng) -> Rays:
        first, second = (
            counted(paths * np.float32(WATER), size / np.float32(RAY), drawn, rng) / np.float32(WATER) - paths
            for paths, size in zip(scanner.project(density), scanner.sizes(), strict=True)
        )
        return first, second


def counted(depths: Signal, sizes: Signal, drawn: Draw, rng: Rng) -> Signal:
    """(views, starts) optical depths as they are counted; (views, 1) ``sizes`` of rays, in those of the photons."""
    photons = np.float32(drawn["photons"]) * sizes
    seen = rng.poisson(photons * np.exp(-depths)).astype(np.float32)
    noise = rng.standard_normal(seen.shape, dtype=np.float32)
    noise *= np.float32(drawn["electronics"]) * np.sqrt(sizes)
    seen += noise
    made: Signal = np.log(photons / np.maximum(seen, np.float32(1)))
    return made
