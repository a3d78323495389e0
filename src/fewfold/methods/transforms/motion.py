"""Movement during acquisition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Ints
from fewfold.methods.transforms.acquisition import Acquisition, counts, one_axis, whole
from fewfold.methods.transforms.base import (
    Draw,
    Geometric,
    Image,
    Range,
    about,
    as_json,
    chance,
    span,
    transform,
    uniform,
)
from fewfold.methods.transforms.engine.kspace import Signal, composed, frequencies
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp


class Motion(Acquisition):
    """Takes the lines of k-space from the image in several positions, as a patient who moves does.

    Lines are acquired one after the other along the phase-encoding axis, from the lowest frequency to the highest.
    ``movements``: how often the patient moves, drawn evenly, before any line but the first. ``degrees`` and ``shift``:
    how far from where he lay while the centre of k-space was acquired, drawn evenly for each position: an angle for
    each plane of two axes, and a share of the extent of each axis. So the image stays where it is, and masks stay on
    it. The model is that of Shaw et al. (2019, Proceedings of Machine Learning Research 102) as TorchIO has it
    (Perez-Garcia 2021), whose ranges are about twice as wide; these are chosen here. ``axes``: those of which one is
    drawn to be the phase-encoding axis; all by default.
    """

    card = MethodCard(
        name="motion",
        title="Movement during acquisition",
        family="transform",
        modalities=("image", "volume"),
        summary="Blurs and doubles edges, as a patient does who moves between lines of k-space.",
        min_subjects=1,
        may_destroy=("texture", "intensity", "intensity ratio", "shape"),
        cost="one resampling and one Fourier transform for each position, and one transform back",
        references=("10.1016/j.cmpb.2021.106236",),
    )
    strengths = MappingProxyType({"degrees": about(0), "shift": about(0)})

    def __init__(
        self,
        *,
        movements: Sequence[int] = (1, 3),
        degrees: Range = 5.0,
        shift: Range = 0.03,
        axes: Sequence[int] | None = None,
        p: float = 1.0,
    ) -> None:
        self.movements, self.degrees, self.shift = as_json(movements), as_json(degrees), as_json(shift)
        self.axes, self.p = as_json(axes), chance(p)
        self._counts = counts(movements, "movements", low=1)
        self._degrees = span(degrees, "degrees")
        self._shift = span(shift, "shift", low=-1, high=1)

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        axis, movements = one_axis(rng, self.axes, lattice), whole(rng, self._counts)
        n = lattice.shape[axis]
        starts = sorted({0, *rng.integers(1, max(n, 2), movements).tolist(), n})
        positions = []
        for start, stop in pairwise(starts):
            still = start <= n // 2 < stop
            planes = lattice.ndim * (lattice.ndim - 1) // 2
            degrees = [0.0 if still else uniform(rng, self._degrees) for _ in range(planes)]
            shift = [0.0 if still else uniform(rng, self._shift) for _ in lattice.shape]
            positions.append({"lines": [start - n // 2, stop - n // 2], "degrees": degrees, "shift": shift})
        return {"axis": axis, "positions": positions}

    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        return composed(list(_parts(image, drawn)), drawn["axis"])


def _parts(image: Image, drawn: Draw) -> Iterator[tuple[Signal, Ints]]:
    """The signal in each position, and the lines that are acquired there."""
    from fewfold.methods.transforms.engine.resample import resample

    lines = frequencies(image.lattice.shape[drawn["axis"]])
    for each in drawn["positions"]:
        first, stop = each["lines"]
        moved = any(each["degrees"]) or any(each["shift"])
        taken = lines[(lines >= first) & (lines < stop)]
        yield resample(image.values, _warp(each, image.lattice)) if moved else image.values, taken


def _warp(position: Draw, lattice: Lattice) -> Warp:
    turn, move = transform("rotation"), transform("translation")
    assert isinstance(turn, Geometric)
    assert isinstance(move, Geometric)
    turned = turn.warp({"degrees": position["degrees"]}, lattice)
    return turned.then(move.warp({"share": position["shift"]}, lattice))
