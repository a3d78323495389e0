"""What is mixed: the values of an image or volume, with its labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Floats

Values = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Labelled:
    """A training sample.

    ``values``: of the points, with channels after them or none. ``spacing``: from one point to the next along each
    axis, in millimetres, say; it tells how many axes there are. ``label``: (classes,) the share of each class, which
    sum to 1. ``mask``: whole labels of the points, 0 for no lesion. ``region``: where a lesion may lie (an organ);
    of a made sample it is known only where no organ was mixed. Raises ``BadInput`` where they do not go together.
    """

    values: Values
    spacing: tuple[float, ...]
    label: Floats | None = None
    mask: Values | None = None
    region: Values | None = None

    def __post_init__(self) -> None:
        known = self.values.dtype.kind in "iuf" and self.values.size > 0
        if not known or self.values.ndim not in (self.dims, self.dims + 1):
            self._refuse(f"numbers with {self.dims} axes, as the spacing has, or one more for channels", self.values)
        if not all(0 < step < np.inf for step in self.spacing):
            raise BadInput(expected="a spacing above 0", found=repr(self.spacing), fix="Pass millimetres, or ones.")
        for name, mask in (("mask", self.mask), ("region", self.region)):
            if mask is not None and (mask.shape != self.grid or mask.dtype.kind not in "biu"):
                self._refuse(f"a {name} of whole numbers on {self.grid} points", mask)
        shares = self.label
        if shares is not None and (shares.ndim != 1 or not (shares >= 0).all() or abs(shares.sum() - 1) > 1e-6):
            raise BadInput(
                expected="a label of one share a class, which sum to 1",
                found=repr(shares),
                fix="Code class k of n as numpy.eye(n)[k].",
            )

    @property
    def dims(self) -> int:
        """2 for images, 3 for volumes."""
        return len(self.spacing)

    @property
    def grid(self) -> tuple[int, ...]:
        """The shape without channels."""
        return self.values.shape[: self.dims]

    @property
    def marks(self) -> Values:
        """(grid) the mask. Raises ``BadInput`` where there is none."""
        if self.mask is None:
            raise BadInput(expected="samples with a mask", found="none", fix="Pass Labelled(..., mask=...).")
        return self.mask

    @property
    def lesion(self) -> Bools:
        """(grid) where the mask is not 0. Raises ``BadInput`` where there is none."""
        lesion: Bools = self.marks != 0
        return lesion

    def over(self, weight: Values) -> Values:
        """``weight`` (grid), with an axis more where the values have channels."""
        return weight.reshape(weight.shape + (1,) * (self.values.ndim - self.dims))

    def _refuse(self, expected: str, found: Values) -> NoReturn:
        raise BadInput(
            expected=expected,
            found=f"shape {found.shape} of type {found.dtype}",
            fix="Bring the image and what lies on it onto one grid, channels last.",
        )


def blended(first: Values, second: Values, weight: Values | float) -> Values:
    """``(1 - weight) * first + weight * second`` in the type of ``first``; integers are rounded."""
    real = np.result_type(first.dtype, np.float32)
    mean = (1 - weight) * first.astype(real) + weight * second.astype(real)
    return (mean if first.dtype.kind == "f" else np.rint(mean)).astype(first.dtype)


def check_alike(first: Labelled, second: Labelled) -> None:
    """Raise ``BadInput`` unless two samples have one shape, type and spacing, and masks of one type or none."""
    told = [_form(sample) for sample in (first, second)]
    if told[0] != told[1]:
        raise BadInput(
            expected=f"samples of one form: {told[0]}",
            found=told[1],
            fix="Resample them onto one grid, or mix patches of one size.",
        )


def _form(sample: Labelled) -> str:
    steps = " x ".join(f"{step:g}" for step in sample.spacing)
    mask = "no mask" if sample.mask is None else f"a mask of type {sample.mask.dtype}"
    return f"{sample.values.shape} of type {sample.values.dtype}, spacing {steps}, {mask}"


def shared_label(first: Labelled, second: Labelled, kept: float) -> Floats | None:
    """The label of a mixture that has ``kept`` of the first sample; None where neither has one."""
    if first.label is None and second.label is None:
        return None
    if first.label is None or second.label is None or first.label.shape != second.label.shape:
        raise BadInput(
            expected="labels of the same classes on both samples, or on none",
            found=" and ".join("none" if x.label is None else f"{len(x.label)} classes" for x in (first, second)),
            fix="Code class k of n as numpy.eye(n)[k].",
        )
    label: Floats = kept * first.label + (1 - kept) * second.label
    return label
