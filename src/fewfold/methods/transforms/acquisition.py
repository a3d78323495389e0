"""What acquisition does to the signal of an image: artefacts of magnetic resonance imaging, and uneven light."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.base import Draw, Image, Transform, span
from fewfold.methods.transforms.engine.kspace import Signal
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Levels


class Acquisition(Transform):
    """A transform of the signal. A subclass writes ``_draw`` and ``_acquired``.

    The signal is what lies above the lower end of the range of values, in single precision: air gives none. Integers
    are rounded once, at the end, and kept to the limits of their type; floats are not limited.
    """

    @abstractmethod
    def _acquired(self, image: Image, drawn: Draw) -> Signal:
        """The signal that comes out. ``image`` has the signal as its values, which may be overwritten."""

    @final
    def _apply(self, image: Image, drawn: Draw) -> Image:
        from fewfold.methods.transforms.engine.resample import native

        values, low = native(image.values), np.float32(image.levels.low)
        signal = values.astype(np.float32, copy=False)
        if low:
            signal -= low
        given = Image(signal, image.lattice, Levels(0.0, image.levels.high - image.levels.low))
        made = self._acquired(given, drawn)
        if low:
            made += low
        return image._replace(values=_stored(made, values.dtype))


def _stored(made: Signal, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    if dtype.kind == "f":
        return made
    limits = np.iinfo(dtype)
    made += np.float32(0.5)
    return np.clip(np.floor(made, out=made), limits.min, limits.max, out=made).astype(dtype)


def axes_of(axes: Sequence[int] | None, lattice: Lattice) -> list[int]:
    """The axes named, or all; ``BadInput`` for one that is not there."""
    named = range(lattice.ndim) if axes is None else axes
    if not named or not all(-lattice.ndim <= axis < lattice.ndim for axis in named):
        raise BadInput(
            expected=f"axes among the {lattice.ndim} of the image",
            found=f"axes={axes!r}",
            fix=f"Pass numbers from {-lattice.ndim} to {lattice.ndim - 1}.",
        )
    return [axis % lattice.ndim for axis in named]


def one_axis(rng: Rng, axes: Sequence[int] | None, lattice: Lattice) -> int:
    """One of the axes named, or of all, drawn evenly."""
    named = axes_of(axes, lattice)
    return named[int(rng.integers(len(named)))]


def counts(value: Sequence[int], name: str, *, low: int) -> tuple[int, int]:
    """A parameter that is a range of whole numbers. Raises ``BadInput`` below ``low`` or between whole numbers."""
    first, last = span(value, name, low=low)
    if not first.is_integer() or not last.is_integer():
        raise BadInput(expected=f"{name} to be two whole numbers", found=repr(value), fix=f"Pass {name}=[{low}, 10].")
    return int(first), int(last)


def whole(rng: Rng, limits: tuple[int, int]) -> int:
    """A whole number drawn evenly between limits, both included."""
    return int(rng.integers(*limits, endpoint=True))


def share(value: float, name: str) -> float:
    """``value`` if it is a share, else ``BadInput``."""
    if not 0 <= value <= 1:
        raise BadInput(expected=f"{name} to be a share", found=repr(value), fix="Pass a number from 0 to 1.")
    return value
