"""Where the values of an image lie in space.

All is said in the order of the axes of the array: rows and columns of a plane image, slices, rows and columns of a
volume. The centre of the first value has the coordinates 0, 0 (, 0). An affine is a (4, 4) matrix that takes
(slice, row, column, 1) to millimetres in the patient, right, anterior and superior being positive (RAS+), as in NIfTI.
"""

from __future__ import annotations

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats

ORTHOGONAL = 1e-3  # largest cosine between two axes: 0.06 degrees, more than rounding to float32 or to text gives
SAME = 1e-3  # by how much two spacings may differ, as a share, and still be the same
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_REVERSED = [2, 1, 0, 3]


def reversed_axes(affine: Floats) -> Floats:
    """The same affine for the array with its axes in the other order: (x, y, z) to (z, y, x), and back."""
    return affine[:, _REVERSED]


def flip_world(affine: Floats) -> Floats:
    """From left, posterior, superior (LPS+: DICOM, NRRD, MetaImage) to right, anterior, superior (RAS+), and back."""
    flipped: Floats = _LPS @ affine
    return flipped


def spacing_of(affine: Floats) -> tuple[float, ...]:
    """Millimetres from one slice, row and column to the next."""
    return tuple(float(step) for step in np.linalg.norm(affine[:3, :3], axis=0))


def affine_of(directions: Floats, spacing: tuple[float, ...], origin: Floats) -> Floats:
    """(4, 4) from a matrix whose columns are unit vectors of the axes, the steps along them, and the first centre."""
    affine = np.eye(4)
    affine[:3, :3] = directions * np.asarray(spacing)
    affine[:3, 3] = origin
    return affine


def check_affine(affine: Floats, name: str) -> None:
    """Raise ``BadInput`` for an affine that is not finite, has an axis without length, or axes that are not at right
    angles."""
    steps = spacing_of(affine)
    if not np.isfinite(affine).all() or min(steps) <= 0:
        raise BadInput(
            expected=f"an affine of finite numbers with steps above 0 in {name}",
            found=f"steps of {' x '.join(f'{step:g}' for step in steps)} mm",
            fix="Correct the header, or convert the file again from its source.",
        )
    unit = affine[:3, :3] / np.asarray(steps)
    cosines = np.abs(unit.T @ unit)[np.triu_indices(3, 1)]
    if cosines.max() > ORTHOGONAL:
        angle = np.degrees(np.arccos(min(1.0, float(cosines.max()))))
        raise BadInput(
            expected=f"axes at right angles in {name}",
            found=f"two axes at {angle:.2f} degrees (a tilted gantry, or a sheared affine)",
            fix="Resample it to a grid with axes at right angles before it is read.",
        )


def same_affine(one: Floats, other: Floats) -> bool:
    """Whether two affines put every value in the same place, up to a thousandth of a step."""
    return bool(np.allclose(one, other, rtol=0, atol=SAME * min(spacing_of(one))))


def same_spacing(one: tuple[float, ...] | None, other: tuple[float, ...] | None) -> bool:
    """Whether two spacings are the same, up to a thousandth; unknown is the same as unknown only."""
    if one is None or other is None:
        return one is other
    return len(one) == len(other) and bool(np.allclose(one, other, rtol=SAME, atol=0))
