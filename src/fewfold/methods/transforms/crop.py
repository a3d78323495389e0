"""Crop."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Geometric, about, as_json, chance
from fewfold.methods.transforms.engine.affine import shift
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.warp import Warp


class Crop(Geometric):
    """Cuts out a window, whose place is drawn evenly among whole points; no value is interpolated.

    ``size``: points along each axis, or one number for all; None for a ``share`` of each axis. Along an axis that is
    shorter than the window the image lies in the middle, and the border rule of the augmenter fills the rest.
    ``centred`` takes the window in the middle instead.
    """

    card = MethodCard(
        name="crop",
        title="Crop",
        family="transform",
        modalities=("image", "volume"),
        summary="Cuts a window out of the image.",
        min_subjects=1,
        may_destroy=("position", "context"),
        cost="part of the one resampling of a chain",
        references=("10.1186/s40537-019-0197-0",),
    )
    strengths = MappingProxyType({"share": about(1)})

    def __init__(
        self,
        *,
        size: int | Sequence[int] | None = None,
        share: float = 0.875,
        centred: bool = False,
        p: float = 1.0,
    ) -> None:
        self.size, self.share, self.centred, self.p = as_json(size), share, centred, chance(p)
        if size is not None:  # points, which are not scaled
            self.strengths = MappingProxyType({})
        if not 0 < share <= 1:
            raise BadInput(
                expected="share above 0 and up to 1", found=f"share={share}", fix="Pass a share of the axis."
            )

    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        size = self._size(lattice)
        corner = []
        for n, m in zip(lattice.shape, size, strict=True):
            free = n - m
            corner.append(int(rng.random() * (free + 1)) if free > 0 and not self.centred else free // 2)
        return {"corner": corner, "size": size}

    def _size(self, lattice: Lattice) -> list[int]:
        if self.size is None:
            return [max(1, round(self.share * n)) for n in lattice.shape]
        size = [self.size] * lattice.ndim if isinstance(self.size, int) else list(self.size)
        if len(size) != lattice.ndim or min(size) < 1:
            raise BadInput(
                expected=f"a size of {lattice.ndim} whole numbers, 1 or more",
                found=f"size={self.size!r}",
                fix="Leave channels out.",
            )
        return size

    def target(self, drawn: Draw, lattice: Lattice) -> Lattice:
        """The window."""
        return lattice.with_shape(tuple(drawn["size"]))

    def _warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        target = self.target(drawn, lattice)
        by = [
            (corner + (m - n) / 2) * spacing
            for corner, m, n, spacing in zip(drawn["corner"], target.shape, lattice.shape, lattice.spacing, strict=True)
        ]
        return Warp(lattice, target, shift(by))
