"""What happens to each value by itself: any chain of such changes is one curve, looked up once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fewfold.core.types import Floats

Piece = tuple[float, float, float]


class Levels(NamedTuple):
    """The range of values that counts as 0 to 1 for a curve."""

    low: float
    high: float


class Curve(NamedTuple):
    """A curve over shares of the range of values: piece after piece, v -> max(gain * v + offset, 0) ** exponent.

    A piece with the exponent 1 is not cut off at 0. Integers are rounded once, at the end, and kept to the limits of
    their type; floats are not limited.
    """

    pieces: tuple[Piece, ...]

    @classmethod
    def linear(cls, gain: float, offset: float) -> Curve:
        """v -> gain * v + offset."""
        return cls(((gain, offset, 1.0),))

    @classmethod
    def power(cls, exponent: float) -> Curve:
        """v -> max(v, 0) ** exponent."""
        return cls(((1.0, 0.0, exponent),))

    def then(self, after: Curve) -> Curve:
        """This curve, followed by ``after``."""
        gain, offset, exponent = self.pieces[-1]
        if exponent != 1.0:
            return Curve(self.pieces + after.pieces)
        more, further, power = after.pieces[0]
        merged = (more * gain, more * offset + further, power)
        return Curve((*self.pieces[:-1], merged, *after.pieces[1:]))

    def over(self, levels: Levels) -> Curve:
        """The curve for values themselves instead of shares of their range."""
        span = levels.high - levels.low
        scale = 1.0 / span if span else 0.0
        return Curve.linear(scale, -levels.low * scale).then(self).then(Curve.linear(span, levels.low))

    def __call__(self, values: Floats) -> Floats:
        """The curve at ``values``, in double precision."""
        for gain, offset, exponent in self.pieces:
            values = values * gain + offset
            if exponent != 1.0:
                values = np.maximum(values, 0.0) ** exponent
        return values


def lookup(curve: Curve, levels: Levels, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """What the engine needs to send values of ``dtype`` through ``curve``.

    A table of 256 levels for 8 bits, and the pieces as (k, 3) numbers of single precision for all other types.
    """
    whole = curve.over(levels)
    if dtype != np.uint8:
        return np.array(whole.pieces, dtype=np.float32)
    return np.minimum(np.maximum(whole(_BYTES) + 0.5, 0.0), 255.5).astype(np.uint8)


_BYTES: Floats = np.arange(256, dtype=np.float64)
