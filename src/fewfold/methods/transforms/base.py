"""The contract of a transform: draw parameters, then apply them; what was drawn is on record."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Self, TypeGuard, final

import numpy as np
import numpy.typing as npt

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.registry import Registry
from fewfold.core.seeds import Rng
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Curve, Levels
from fewfold.methods.transforms.engine.warp import Warp

Draw = dict[str, Any]
Range = float | Sequence[float]
Scaler = Callable[[float, float], float]

DESTROYS = {
    "laterality": "which side is which",
    "situs": "which organ lies on which side",
    "orientation": "which way is up: fluid levels, gravity, views",
    "position": "where in the field something lies",
    "size": "how large something is",
    "shape": "angles and ratios of lengths",
    "texture": "patterns as fine as the points: interpolation smooths them",
    "context": "what lies at the edge of the field",
    "intensity": "absolute values: Hounsfield units, uptake, quantitative maps",
    "intensity ratio": "how values relate to each other: tissue contrast, stain ratio",
}


class Image(NamedTuple):
    """What a transform works on: values with channels after the axes of the lattice, or none."""

    values: npt.NDArray[Any]
    lattice: Lattice
    levels: Levels


class Transform(ABC):
    """Base of all transforms. A subclass sets ``card``, takes keyword parameters, and writes ``_draw`` and ``_apply``.

    Each parameter of ``__init__`` is a JSON value and is stored under its own name; ``p`` is the chance that the
    transform is applied. ``_draw`` returns JSON values that say all there is to say: ``_apply`` reads nothing else, so
    that a record can be replayed without the transform that drew it. ``card.may_destroy`` names keys of ``DESTROYS``.
    ``strengths`` says for each parameter that is a range (or a strength) how it is scaled: from an end of it and a
    magnitude to another end. Where it is empty the transform is applied or not, and nothing between. Most transforms
    are a :class:`Geometric` or a :class:`Pointwise`, which the engine fuses.
    """

    card: ClassVar[MethodCard]
    colour: ClassVar[bool] = False  # whether it takes images in three colours alone
    bytes_only: ClassVar[bool] = False  # whether it takes values of 8 bits alone
    moves: ClassVar[bool] = False  # whether it is a Geometric
    alone: ClassVar[bool] = False  # whether it is a Pointwise
    strengths: Mapping[str, Scaler] = MappingProxyType({})
    p: float = 1.0

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter with its value."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.params.items())})"

    def scaled(self, magnitude: float) -> Self:
        """This transform with its ranges scaled about what changes nothing: 0.5 for half as far, 2 for twice.

        One without ``strengths`` comes back as it is. Raises ``BadInput`` where ``magnitude`` is not above 0, or where
        a range would leave its limits.
        """
        if not 0 < magnitude < np.inf:
            raise BadInput(expected="a magnitude above 0", found=repr(magnitude), fix="Pass 1 for the range as it is.")
        own, changed = self.params, {}
        for name, scale in self.strengths.items():
            ends = np.asarray(own[name], dtype=float)
            made = [round(scale(float(end), magnitude), 12) for end in ends.ravel()]
            changed[name] = made if ends.ndim else made[0]
        return type(self)(**own | changed)

    @final
    def draw(self, rng: Rng, lattice: Lattice) -> Draw | None:
        """Parameters for one image, or None where chance passes it by."""
        if self.p < 1 and rng.random() >= self.p:
            return None
        return self._draw(rng, lattice)

    @final
    def apply(self, image: Image, drawn: Draw) -> Image:
        """The image, altered as was drawn. Raises ``BadInput`` for an image that the transform is not for."""
        self._check(image.values, image.values.shape[image.lattice.ndim :])
        return self._apply(image, drawn)

    def _check(self, values: npt.NDArray[Any], channels: tuple[int, ...]) -> None:
        if self.colour and channels != (3,):
            raise BadInput(
                expected=f"an image in red, green and blue for {self.card.name}",
                found=f"{channels[0] if channels else 'no'} channels",
                fix="Leave the transform out for grey images; say channels='first' where they are the first axis.",
            )
        if self.bytes_only and values.dtype != np.uint8:
            raise BadInput(
                expected=f"values of 8 bits for {self.card.name}",
                found=f"values of type {values.dtype}",
                fix="Leave the transform out, or scale the image to 0 to 255 and convert it to uint8 first.",
            )

    @abstractmethod
    def _draw(self, rng: Rng, lattice: Lattice) -> Draw:
        """Draw parameters (JSON values)."""

    @abstractmethod
    def _apply(self, image: Image, drawn: Draw) -> Image:
        """Apply what was drawn; read ``drawn`` alone. The values of ``image`` may be overwritten."""


class Geometric(Transform):
    """A transform that moves points and leaves values alone. A subclass writes ``_draw`` and ``_warp``."""

    moves = True

    def target(self, drawn: Draw, lattice: Lattice) -> Lattice:
        """The lattice that comes out, where it is another one."""
        return lattice

    @abstractmethod
    def _warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        """Where the points of the target come from; reads ``drawn`` alone."""

    @final
    def warp(self, drawn: Draw, lattice: Lattice) -> Warp:
        """Where the points of the target come from."""
        return self._warp(drawn, lattice)

    @final
    def _apply(self, image: Image, drawn: Draw) -> Image:
        from fewfold.methods.transforms.engine.resample import resample

        warp = self._warp(drawn, image.lattice)
        return Image(resample(image.values, warp), warp.target, image.levels)


class Pointwise(Transform):
    """A transform that alters each value by itself. A subclass writes ``_draw`` and ``_curve``."""

    alone = True

    @abstractmethod
    def _curve(self, drawn: Draw) -> Curve:
        """What happens to a value, as a share of the range of values; reads ``drawn`` alone."""

    @final
    def curve(self, drawn: Draw) -> Curve:
        """What happens to a value, as a share of the range of values."""
        return self._curve(drawn)

    @final
    def _apply(self, image: Image, drawn: Draw) -> Image:
        from fewfold.methods.transforms.engine.lookup import lookup
        from fewfold.methods.transforms.engine.resample import curved, native

        values = native(image.values)
        return image._replace(values=curved(values, lookup(self._curve(drawn), image.levels, values.dtype)))


def geometric(transform: Transform) -> TypeGuard[Geometric]:
    """Whether it is one; to ask ``isinstance`` of an abstract class takes as long as to draw."""
    return transform.moves


def pointwise(transform: Transform) -> TypeGuard[Pointwise]:
    """Whether it is one."""
    return transform.alone


TRANSFORMS: Registry[Transform] = Registry("fewfold.methods", Transform, "transform")


def transform(name: str, **params: Any) -> Transform:
    """The transform called ``name``, with parameters."""
    kind = TRANSFORMS.get(name)
    known = inspect.signature(kind).parameters
    unknown = sorted(set(params) - set(known))
    if unknown:
        raise BadInput(
            expected=f"parameters of {name}: {', '.join(known)}",
            found=", ".join(unknown),
            fix=f"`fewfold transforms --json` lists the parameters of {name}.",
        )
    return kind(**params)


def span(value: Range, name: str, *, low: float = -np.inf, high: float = np.inf) -> tuple[float, float]:
    """A parameter that is a range: two numbers, or one for minus to plus. Raises ``BadInput`` beyond the limits."""
    pair = (-value, value) if isinstance(value, (int, float)) else tuple(value)
    if len(pair) != 2 or not low <= pair[0] <= pair[1] <= high:
        limits = "" if np.isinf([low, high]).all() else f" within {low:g} to {high:g}"
        raise BadInput(
            expected=f"{name} to be two numbers in ascending order{limits}, or one number for minus to plus",
            found=repr(value),
            fix=f"Pass {name}=[low, high].",
        )
    return float(pair[0]), float(pair[1])


def about(still: float) -> Scaler:
    """How a range that is drawn evenly is scaled; at ``still`` nothing happens."""
    return lambda end, magnitude: still + magnitude * (end - still)


def in_logarithm(end: float, magnitude: float) -> float:
    """How a range that is drawn evenly in its logarithm is scaled; at 1 nothing happens."""
    return float(end**magnitude)


def as_json(value: Any) -> Any:
    """A parameter as JSON has it: sequences are lists."""
    return value if isinstance(value, (int, float)) or value is None else list(value)


def chance(p: float) -> float:
    """``p`` if it is a probability, else ``BadInput``."""
    if not 0 <= p <= 1:
        raise BadInput(expected="p to be a probability", found=repr(p), fix="Pass a number from 0 to 1.")
    return p


def uniform(rng: Rng, limits: tuple[float, float]) -> float:
    """A number drawn evenly between limits."""
    low, high = limits
    return low + (high - low) * rng.random()
