"""Tables of boxes and points: one row each, with the image on which it lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Frame
from fewfold.data.blocks.image import Marks
from fewfold.data.infer import require_columns
from fewfold.data.io.table import read_frame
from fewfold.data.parse import parse_numbers

AXES = ("z", "y", "x")  # in the order of the axes of an array
POINT, BOX = ("",), ("min", "max")  # the ends of the names of columns


def read_boxes(path: Path) -> dict[str, Marks]:
    """Boxes by image, from the columns ``image``, ``xmin``, ``ymin``, ``xmax``, ``ymax``, for volumes ``zmin`` and
    ``zmax``, and ``label`` where there is one. The left edge of an image is at 0, the right one at its width.
    Raises ``BadInput`` for a file that lacks them."""
    return marks_by_image(read_frame(path), BOX, path)


def read_points(path: Path) -> dict[str, Marks]:
    """Points by image, from the columns ``image``, ``x``, ``y``, for volumes ``z``, and ``label`` where there is one.
    Raises ``BadInput`` for a file that lacks them."""
    return marks_by_image(read_frame(path), POINT, path)


def marks_by_image(frame: Frame, ends: tuple[str, ...], path: Path) -> dict[str, Marks]:
    """Marks by image from a table that was read from ``path``; ``ends``: those of points or of boxes."""
    axes = AXES if f"z{ends[0]}" in frame.columns else AXES[1:]
    names = [f"{axis}{end}" for end in ends for axis in axes]
    require_columns(["image", *names], frame)
    numbers = np.stack([parse_numbers(frame[name]).to_numpy(dtype=np.float64) for name in names], axis=1)
    if not np.isfinite(numbers).all():
        row = frame.index[~np.isfinite(numbers).all(axis=1)][0]
        raise BadInput(
            expected=f"numbers in {', '.join(names)} of {path.name}",
            found=f"none in row {row}",
            fix="Fill them in, or delete the row.",
        )
    turned = (numbers[:, : len(axes)] > numbers[:, -len(axes) :]).any(axis=1)
    if turned.any():
        row = frame.index[turned][0]
        raise BadInput(
            expected=f"boxes of {path.name} with their smaller corner first", found=f"a larger one in row {row}",
            fix="Exchange the corners.",
        )  # fmt: skip
    labels = frame["label"].tolist() if "label" in frame.columns else [1] * len(frame)
    groups = frame.groupby(frame["image"].astype(str), sort=False).indices
    return {name: Marks(numbers[rows], tuple(labels[row] for row in rows)) for name, rows in groups.items()}


def written(marks: dict[str, Marks], ends: tuple[str, ...]) -> Frame:
    """The table that :func:`read_boxes` or :func:`read_points` reads."""
    frames = []
    for name, own in marks.items():
        axes = AXES[-own.at.shape[1] // len(ends) :]
        columns = [f"{axis}{end}" for end in ends for axis in axes]
        frame = pd.DataFrame(own.at, columns=columns)
        frame.insert(0, "image", name)
        frames.append(frame.assign(label=list(own.labels)))
    return pd.concat(frames, ignore_index=True)
