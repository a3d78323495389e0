"""Where a patch lies, and in which image."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from fewfold.core.errors import BadInput
from fewfold.core.records import reading

Values = npt.NDArray[Any]
Source = int | str


@dataclass(frozen=True, slots=True)
class Place:
    """A box of ``size`` points from ``low`` on, in an image of ``grid`` points (channels are no axis).

    ``source``: the image, by its index or name. ``label``: the one that a patch was drawn for; None for others.
    """

    source: Source
    grid: tuple[int, ...]
    low: tuple[int, ...]
    size: tuple[int, ...]
    label: int | None = None

    @property
    def slices(self) -> tuple[slice, ...]:
        """The box as slices of an array."""
        return tuple(slice(start, start + n) for start, n in zip(self.low, self.size, strict=True))

    def cut(self, values: Values) -> Values:
        """The patch of ``values`` (grid, with channels after it or none), as a view.

        It is the same for an image and for a mask on it. Raises ``BadInput`` where ``values`` lie on another grid.
        """
        check_grid(values, self.grid)
        return values[self.slices]

    def to_json(self) -> str:
        """The place as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The place that :meth:`to_json` wrote. Raises ``BadInput`` for any other text."""
        with reading("a place", "Place.to_json"):
            told: dict[str, Any] = json.loads(text)
            return cls(**{**told, **{name: tuple(told[name]) for name in ("grid", "low", "size")}})


def check_grid(values: Values, grid: tuple[int, ...]) -> None:
    """Raise ``BadInput`` unless ``values`` have the points of ``grid``, with an axis of channels after them or none."""
    if values.ndim not in (len(grid), len(grid) + 1) or values.shape[: len(grid)] != grid:
        raise BadInput(
            expected=f"an image or a mask of {grid} points",
            found=f"shape {values.shape}",
            fix="Hand in the image that the place was made for, with channels last, and masks of its size.",
        )


def sized(size: int | tuple[int, ...], grid: tuple[int, ...]) -> tuple[int, ...]:
    """The size of a patch along each axis of ``grid``. Raises ``BadInput`` where it does not fit in."""
    given = (size,) * len(grid) if isinstance(size, (int, np.integer)) else tuple(size)
    whole = all(isinstance(n, (int, np.integer)) for n in given)
    if not whole or len(given) != len(grid) or not all(1 <= n <= most for n, most in zip(given, grid, strict=True)):
        raise BadInput(
            expected=f"a patch of 1 or more points along each axis that fits into {grid}",
            found=repr(size),
            fix="Choose a smaller patch, or pad the image first.",
        )
    return tuple(int(n) for n in given)
