"""What is augmented together: an array, or a dictionary of images, masks, points and boxes of one field."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.methods.transforms.base import Draw, Image, Transform, pointwise
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Curve, Levels, lookup
from fewfold.methods.transforms.engine.resample import Border, Interpolation, curved, native, resample
from fewfold.methods.transforms.engine.warp import Warp

Values = npt.NDArray[Any]
Role = Literal["image", "mask", "points", "boxes"]
ROLES: dict[str, Role] = {"image": "image", "mask": "mask", "points": "points", "boxes": "boxes"}
BYTE = Levels(0.0, 255.0)
Steps = Sequence[tuple[Transform, Draw]]


class Layout(NamedTuple):
    """How arrays are to be read, and what is done at their border."""

    dims: int
    channels: Literal["last", "first"]
    border: Border
    fill: float
    labels: Interpolation
    value_range: tuple[float, float] | None

    def checked(self) -> Layout:
        """Itself, where each setting is one that there is; else ``BadInput``."""
        choices: dict[str, tuple[Any, ...]] = {
            "dims": (2, 3),
            "channels": ("last", "first"),
            "border": get_args(Border),
            "labels": ("majority", "nearest"),
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise BadInput(
                    expected=f"{name} to be one of {', '.join(map(repr, known))}",
                    found=repr(getattr(self, name)),
                    fix="Pass one of them.",
                )
        if self.value_range is not None and not self.value_range[0] < self.value_range[1]:
            raise BadInput(expected="a value_range that ascends", found=repr(self.value_range), fix="Pass (low, high).")
        return self


def roles_of(keys: Mapping[str, Role] | None) -> Mapping[str, Role]:
    """The role of each key; by default each role's own name."""
    for key, role in (keys or {}).items():
        if role not in ROLES:
            raise BadInput(expected=f"a role: {', '.join(ROLES)}", found=f"{key}={role!r}", fix="Name one of them.")
    return ROLES if keys is None else keys


class Sample:
    """One sample, read: its arrays with channels last, and the lattice that they share."""

    def __init__(
        self, given: Any, layout: Layout, roles: Mapping[str, Role], spacing: Sequence[float] | None = None
    ) -> None:
        self.given, self.layout = given, layout
        self.parts: dict[str, tuple[Role, Values]] = {"image": ("image", np.asarray(given))}
        if isinstance(given, Mapping):
            self.parts = {key: (roles[key], np.asarray(given[key])) for key in given if key in roles}
        self.lattice = self._lattice(spacing)

    def made(self, warp: Warp | None, steps: Steps, threads: int) -> Any:
        """The sample under the warp, its images sent through the steps; in the form it was given."""
        done = {key: self._part(role, values, warp, steps, threads) for key, (role, values) in self.parts.items()}
        if not isinstance(self.given, Mapping):
            return _as(done["image"], self.given)
        return {key: _as(done[key], value) if key in done else value for key, value in self.given.items()}

    def _part(self, role: Role, values: Values, warp: Warp | None, steps: Steps, threads: int) -> Values:
        if role == "points":
            return values if warp is None else warp.move(values)
        if role == "boxes":
            return values if warp is None else _moved_boxes(values, warp)
        first = self.layout.channels == "first" and values.ndim > self.layout.dims
        planes = list(values) if first else [values]
        if role == "mask":
            done = [self._mask(plane, warp, threads) for plane in planes]
            return np.stack(done) if first else done[0]
        curve, rest = _first_curve(steps)
        dtype = native(planes[0][:0]).dtype
        levels = levels_of(planes, self.layout.value_range) if steps else BYTE
        done = self._resampled(planes, warp, None if curve is None else lookup(curve, levels, dtype), threads)
        if not rest:
            return np.stack(done) if first else done[0]
        whole = np.stack(done, axis=-1) if first else done[0]
        made = _altered(Image(whole, self.lattice if warp is None else warp.target, levels), rest)
        return np.ascontiguousarray(np.moveaxis(made, -1, 0)) if first else made

    def _mask(self, plane: Values, warp: Warp | None, threads: int) -> Values:
        border: Border = self.layout.border
        if warp is None:
            return plane.copy()
        return resample(plane, warp, interpolation=self.layout.labels, border=border, threads=threads)

    def _resampled(self, planes: list[Values], warp: Warp | None, table: Values | None, threads: int) -> list[Values]:
        """One resampling with the first curve on the way; copies where there is neither."""
        if warp is not None:
            rule: dict[str, Any] = {"border": self.layout.border, "fill": self.layout.fill}
            return [resample(plane, warp, lookup=table, threads=threads, **rule) for plane in planes]
        return [native(plane).copy() if table is None else curved(plane, table) for plane in planes]

    def _lattice(self, spacing: Sequence[float] | None) -> Lattice:
        """The lattice of the images and masks, which must be one."""
        shape: tuple[int, ...] | None = None
        for key, (role, values) in self.parts.items():
            if role in ("points", "boxes"):
                self._check_places(key, role, values)
                continue
            own = self._shape(key, values)
            if shape is not None and own != shape:
                raise BadInput(
                    expected=f"images and masks of one shape, {shape}",
                    found=f"{key!r} of shape {own}",
                    fix="Bring them onto one lattice first.",
                )
            shape = own
        if shape is None:
            raise BadInput(
                expected="an image or a mask",
                found="none among the keys",
                fix="Pass keys={'your key': 'image'} to the augmenter.",
            )
        per = (1.0,) * len(shape) if spacing is None else tuple(map(float, spacing))
        if len(per) != len(shape) or not all(0 < each < np.inf for each in per):
            raise BadInput(
                expected=f"a spacing of {len(shape)} positive numbers", found=repr(spacing), fix="Leave channels out."
            )
        return Lattice(shape, per)

    def _shape(self, key: str, values: Values) -> tuple[int, ...]:
        dims = self.layout.dims
        if values.ndim not in (dims, dims + 1):
            raise BadInput(
                expected=f"{key!r} to have {dims} axes, or {dims + 1} with channels",
                found=f"shape {values.shape}",
                fix="Pass dims=3 for volumes; hand over the samples of a batch to Augmenter.batch.",
            )
        first = self.layout.channels == "first" and values.ndim > dims
        shape = values.shape[1:] if first else values.shape[:dims]
        if 0 in values.shape:
            raise BadInput(expected=f"{key!r} to have points", found=f"shape {values.shape}", fix="Leave it out.")
        return shape

    def _check_places(self, key: str, role: Role, values: Values) -> None:
        columns = self.layout.dims * (2 if role == "boxes" else 1)
        if values.ndim != 2 or values.shape[1] != columns:
            raise BadInput(
                expected=f"{key!r} as a table of {columns} columns, in the order of the axes",
                found=f"shape {values.shape}",
                fix="Give points as (row, column), boxes as (row, column, row, column).",
            )


def levels_of(planes: Sequence[Values], value_range: tuple[float, float] | None) -> Levels:
    """What counts as 0 to 1 in the planes of one image: what is stated, 0 to 255 for 8 bits, or its limits."""
    if value_range is not None:
        return Levels(*map(float, value_range))
    if planes[0].dtype == np.uint8:
        return BYTE
    low, high = min(float(p.min()) for p in planes), max(float(p.max()) for p in planes)
    if not np.isfinite([low, high]).all():
        known = [p[np.isfinite(p)] for p in planes]
        low, high = min(k.min(initial=np.inf) for k in known), max(k.max(initial=-np.inf) for k in known)
    return Levels(low, high) if low <= high else Levels(0.0, 1.0)


def _first_curve(steps: Steps) -> tuple[Curve | None, Steps]:
    """The curve of the pointwise steps in front, and the steps after them."""
    curve = None
    for k, (transform, drawn) in enumerate(steps):
        if not pointwise(transform):
            return curve, steps[k:]
        each = transform.curve(drawn)
        curve = each if curve is None else curve.then(each)
    return curve, ()


def _altered(image: Image, steps: Steps) -> Values:
    """The values of an image, all channels last, after the steps; neighbouring curves are one lookup."""
    while steps:
        curve, rest = _first_curve(steps)
        if curve is not None:
            table = lookup(curve, image.levels, image.values.dtype)
            image, steps = image._replace(values=curved(image.values, table)), rest
        else:
            (transform, drawn), *steps = steps
            image = transform.apply(image, drawn)
    return image.values


def _moved_boxes(boxes: Values, warp: Warp) -> Floats:
    """The boxes around the moved corners. Limits are edges of points: the box of point i goes from i to i + 1."""
    n = boxes.shape[1] // 2
    corners = np.stack(
        [boxes[:, [axis + n * up for axis, up in enumerate(choice)]] for choice in product((0, 1), repeat=n)]
    )
    moved = warp.move(corners.reshape(-1, n) - 0.5).reshape(corners.shape) + 0.5
    return np.concatenate([moved.min(axis=0), moved.max(axis=0)], axis=1)


def _as(made: Values, given: Any) -> Any:
    """A tensor for a tensor, an array for all else."""
    if type(given).__module__.partition(".")[0] == "torch":
        return sys.modules["torch"].from_numpy(made)
    return made
