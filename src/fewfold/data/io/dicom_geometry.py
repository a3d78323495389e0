"""Where the frames of a DICOM image, or the files of a series, lie in the patient (PS3.3, C.7.6.2.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats, Ints
from fewfold.data.blocks.geometry import check_affine, flip_world, spacing_of

_UNEVEN = 0.01  # by how much a step between slices may differ from the others, as a share; positions are rounded


def geometry_of(dataset: Any, frames: int, path: Path) -> tuple[tuple[float, ...] | None, Floats | None, Ints]:
    """Spacing, affine, and the order in which the ``frames`` of a volume lie; 0 for a picture. What a file does not say
    is None. Raises ``BadInput`` where slices are not evenly spaced or not parallel."""
    steps = _plane_steps(dataset)
    if not frames:
        return _of_one(dataset, steps, path)
    groups = dataset.get("PerFrameFunctionalGroupsSequence") or ()
    shared = _group(dataset, "SharedFunctionalGroupsSequence")
    places = [_first(group, shared, "PlanePositionSequence", "ImagePositionPatient") for group in groups]
    turns = [_first(group, shared, "PlaneOrientationSequence", "ImageOrientationPatient") for group in groups]
    told = dataset.get("SpacingBetweenSlices") or _first({}, shared, "PixelMeasuresSequence", "SpacingBetweenSlices")
    between = float(told or 0)
    if steps is None or len(places) != frames or None in places or None in turns:
        return ((between, *steps) if steps and between > 0 else None), None, np.arange(frames)
    affine, order = stacked(places, turns, steps, path, between=between, keep=True)
    return spacing_of(affine), affine, order


def _of_one(dataset: Any, steps: Any, path: Path) -> tuple[tuple[float, ...] | None, Floats | None, Ints]:
    groups, shared = (
        _group(dataset, "PerFrameFunctionalGroupsSequence"),
        _group(dataset, "SharedFunctionalGroupsSequence"),
    )
    place = dataset.get("ImagePositionPatient") or _first(
        groups, shared, "PlanePositionSequence", "ImagePositionPatient"
    )
    turn = dataset.get("ImageOrientationPatient") or _first(
        groups, shared, "PlaneOrientationSequence", "ImageOrientationPatient"
    )
    alone = np.zeros(1, dtype=np.int64)
    if steps is None or not place or not turn:
        return steps, None, alone
    thickness = float(dataset.get("SpacingBetweenSlices") or dataset.get("SliceThickness") or 1.0)
    rows, columns, normal = _axes(turn)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([normal * thickness, rows * steps[0], columns * steps[1]], axis=1)
    affine[:3, 3] = [float(x) for x in place]
    affine = flip_world(affine)
    check_affine(affine, path.name)
    return steps, affine, alone


def stacked(
    places: Sequence[Any],
    turns: Sequence[Any],
    steps: tuple[float, ...],
    path: Path,
    *,
    between: float = 0.0,
    keep: bool = False,
) -> tuple[Floats, Ints]:
    """The affine of parallel slices, and their order along the normal; against it where ``keep`` and they are given so.

    ``places`` and ``turns``: ImagePositionPatient and ImageOrientationPatient of each; ``steps``: millimetres from row
    to row and from column to column; ``between``: from slice to slice, for one slice alone.
    """
    at = np.array([[float(x) for x in place] for place in places])
    turn = np.array([[float(x) for x in one] for one in turns])
    if np.abs(turn - turn[0]).max() > 1e-3:
        raise _uneven(path, "slices that are not parallel", "Leave out scouts and slices of other series.")
    rows, columns, normal = _axes(turn[0])
    along = at @ normal
    order = np.argsort(along, kind="stable")
    if keep and (np.diff(along) < 0).all():
        order = order[::-1]
    gaps = np.abs(np.diff(along[order]))
    if len(gaps) and gaps.min() < 1e-3:
        raise _uneven(path, "two slices at one place", "Keep one time point, echo or reconstruction.")
    step = float(np.median(gaps)) if len(gaps) else 1.0
    if len(gaps) and np.abs(gaps - step).max() > _UNEVEN * step:
        odd = int(np.argmax(np.abs(gaps - step)))
        found = f"{gaps[odd]:.3g} mm after slice {odd + 1} of {len(at)} where it is {step:.3g} mm elsewhere"
        raise _uneven(path, found, "Look for the slice that is missing, or resample to even steps.")
    way = (at[order[-1]] - at[order[0]]) / (len(at) - 1) if len(at) > 1 else normal * (between or 1.0)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([way, rows * steps[0], columns * steps[1]], axis=1)
    affine[:3, 3] = at[order[0]]
    affine = flip_world(affine)
    check_affine(affine, path.name)
    return affine, order


def _axes(turn: Any) -> tuple[Floats, Floats, Floats]:
    """Unit vectors from row to row, from column to column, and along the slices."""
    columns, rows = np.array([float(x) for x in turn]).reshape(2, 3)
    return rows, columns, np.cross(columns, rows)


def _plane_steps(dataset: Any) -> tuple[float, ...] | None:
    """Millimetres from row to row and from column to column; at the detector, where only that is known (X-ray)."""
    own, shared = _group(dataset, "PerFrameFunctionalGroupsSequence"), _group(dataset, "SharedFunctionalGroupsSequence")
    told = (
        dataset.get("PixelSpacing")
        or _first(own, shared, "PixelMeasuresSequence", "PixelSpacing")
        or dataset.get("ImagerPixelSpacing")
    )
    steps = tuple(float(step) for step in told or ())
    return steps if len(steps) == 2 and min(steps) > 0 else None


def _group(dataset: Any, name: str) -> Any:
    return (dataset.get(name) or [{}])[0]


def _first(own: Any, shared: Any, sequence: str, name: str) -> Any:
    for group in (own, shared):
        part = group.get(sequence)
        if part and part[0].get(name):
            return part[0].get(name)
    return None


def _uneven(path: Path, found: str, fix: str) -> BadInput:
    return BadInput(expected=f"parallel slices in even steps in {path.name}", found=found, fix=fix)
