"""Fitted methods on disk: one ``.npz`` of plain arrays with a JSON header, never a pickle."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.files import canonical_json, write_atomic

_HEADER = "fewfold_header"


def write(path: Path, header: dict[str, Any], arrays: dict[str, Any]) -> None:
    """Write a JSON-able header and arrays of numbers or strings, atomically."""
    buffer = io.BytesIO()
    text = np.frombuffer(canonical_json(header).encode(), dtype=np.uint8)
    np.savez_compressed(buffer, allow_pickle=False, **{_HEADER: text}, **arrays)
    write_atomic(path, buffer.getvalue())


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the arrays of a file that :func:`write` made; nothing in it is executed."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return json.loads(arrays.pop(_HEADER).tobytes()), arrays
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError) as error:
        raise BadInput(
            expected="a fitted method saved by fewfold",
            found=f"{path}, which is not one ({error})",
            fix="Fit the method again and save it with method.save(path).",
        ) from error
