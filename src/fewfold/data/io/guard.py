"""What every reader of images keeps to: sizes within a limit, errors that name the file, values that are numbers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import numpy as np

from fewfold.core.errors import BadInput, FewfoldError
from fewfold.data.blocks.image import Array, size
from fewfold.data.io.conventions import damaged

MOST_VALUES = 2**29  # of one image or volume: 2048 slices of 512 x 512
MOST_HEADER_BYTES = 2**20


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turns whatever a library raises on a damaged file into ``BadInput`` that names it; its warnings are not shown."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except FewfoldError:
        raise
    except Exception as error:  # the libraries raise whatever their parsers stumble over
        raise damaged(path, what, error) from error


def check_size(shape: tuple[int, ...], path: Path, most_values: int) -> None:
    """Raise ``BadInput`` for an empty image, or one that claims more values than ``most_values``, before any memory
    is taken."""
    if min(shape, default=0) < 1:
        raise BadInput(
            expected=f"at least one value in {path.name}", found=f"a size of {size(shape)}", fix="Export it again."
        )
    if prod(shape) > most_values:
        raise too_large(path, f"{size(shape)} = {prod(shape):,}", most_values)


def too_large(path: Path, found: str, most_values: int) -> BadInput:
    """The error for a file that would fill the memory."""
    return BadInput(
        expected=f"at most {most_values:,} values in {path.name}",
        found=found,
        fix="If you trust the file, crop or tile it, or raise the limit (most_values=).",
    )


def check_bytes(there: int, needed: int, path: Path) -> None:
    """Raise ``BadInput`` where fewer bytes are there than the header says."""
    if there < needed:
        raise BadInput(
            expected=f"{needed:,} bytes of values in {path.name}, as its header says",
            found=f"{max(there, 0):,}",
            fix="Copy or download it again: it was cut off.",
        )


def check_finite(values: Array, path: Path) -> None:
    """Raise ``BadInput`` for values that are not numbers."""
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    count = int(values.size - np.isfinite(values).sum())
    raise BadInput(
        expected=f"finite numbers in {path.name}",
        found=f"NaN or infinity in {count:,} of {values.size:,} values",
        fix="Write it again with a number in their place, such as 0 outside the body, or leave the image out.",
    )


def volume_only(shape: tuple[int, ...], path: Path) -> BadInput:
    """The error for more axes than a volume has."""
    return BadInput(
        expected=f"three axes in {path.name}",
        found=f"{len(shape)}: {size(shape)} (time points, directions or channels)",
        fix="Split it: one volume a file.",
    )
