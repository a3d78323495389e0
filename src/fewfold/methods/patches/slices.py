"""Neighbouring slices of a volume as the channels of one image (2.5-D)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self, get_args

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.records import reading
from fewfold.methods.patches.place import Source, Values, check_grid
from fewfold.methods.transforms.engine.resample import Border


@dataclass(frozen=True, slots=True)
class Stack:
    """The slices ``slices`` of a volume of ``grid`` points along ``axis``; None stands for a slice of zeros.

    ``source``: the volume, by its index or name.
    """

    source: Source
    grid: tuple[int, int, int]
    axis: int
    slices: tuple[int | None, ...]

    @property
    def middle(self) -> int:
        """The slice that the stack is about."""
        found = self.slices[len(self.slices) // 2]
        assert found is not None
        return found

    def cut(self, volume: Values) -> Values:
        """(rows, columns, k) a copy of the slices, as channels. Raises ``BadInput`` for a volume on another grid, or
        with channels of its own."""
        if volume.ndim != 3:
            raise BadInput(
                expected="a volume without channels",
                found=f"shape {volume.shape}",
                fix="Stack each channel by itself.",
            )
        check_grid(volume, self.grid)
        known = [0 if k is None else k for k in self.slices]
        made = np.moveaxis(np.take(volume, known, axis=self.axis), self.axis, -1).copy()
        made[..., [k is None for k in self.slices]] = 0
        return made

    def to_json(self) -> str:
        """The stack as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The stack that :meth:`to_json` wrote. Raises ``BadInput`` for any other text."""
        with reading("a stack", "Stack.to_json"):
            told: dict[str, Any] = json.loads(text)
            return cls(**{**told, **{name: tuple(told[name]) for name in ("grid", "slices")}})


def stacks(
    shape: tuple[int, int, int], k: int, *, axis: int = 0, border: Border = "edge", source: Source = 0
) -> list[Stack]:
    """One stack of ``k`` neighbouring slices (an odd number) about each slice along ``axis``.

    ``border``: what stands for the slices before the first and after the last: the outermost slice again (``edge``),
    the mirror image about it (``mirror``), or zeros (``constant``). Raises ``BadInput`` for an even ``k``, for another
    axis than 0, 1 or 2, and for a shape that is no volume's.
    """
    if len(shape) != 3 or min(shape) < 1 or axis not in (0, 1, 2) or border not in get_args(Border):
        raise BadInput(
            expected=f"the shape of a volume, an axis of 0 to 2, and a border: {', '.join(get_args(Border))}",
            found=f"{shape}, axis={axis!r}, border={border!r}",
            fix="Leave channels out.",
        )
    if k < 1 or k % 2 == 0:
        raise BadInput(expected="an odd number of slices", found=repr(k), fix="Pass 3 or 5, say.")
    n = shape[axis]
    return [
        Stack(source, shape, axis, tuple(_within(i + step, n, border) for step in range(-(k // 2), k // 2 + 1)))
        for i in range(n)
    ]


def _within(i: int, n: int, border: Border) -> int | None:
    """The slice that stands for slice ``i`` of ``n``."""
    if 0 <= i < n:
        return i
    if border == "constant":
        return None
    if border == "edge" or n == 1:
        return min(max(i, 0), n - 1)
    turn = i % (2 * (n - 1))
    return min(turn, 2 * (n - 1) - turn)
