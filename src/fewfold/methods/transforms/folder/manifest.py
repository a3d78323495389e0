"""The manifest of a folder of augmented images: one line of JSON a copy, added as soon as the copy is there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fewfold.core.errors import BadInput
from fewfold.core.files import unwritable, write_atomic

MANIFEST = "augmented.jsonl"
Line = dict[str, Any]


def prepare(out: Path) -> dict[tuple[str, int], Line]:
    """Make the folder, and give what is on record there, by source and epoch; a line that was cut off is dropped.

    Raises ``BadInput`` for a folder that holds anything and no manifest, or one that cannot be written.
    """
    file = out / MANIFEST
    if not file.is_file() and (out.is_file() or (out.is_dir() and any(out.iterdir()))):
        raise BadInput(
            expected=f"a folder to write to that is new, empty, or holds {MANIFEST}",
            found=f"{out} with other things",
            fix="Name another one with --out.",
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
    except OSError as error:
        raise unwritable(out, error) from error
    found = [line for line in map(_line, text.splitlines()) if line is not None]
    write(out, found)
    return {(line["source"], line["epoch"]): line for line in found}


def add(out: Path, line: Line) -> None:
    """Put a copy on record."""
    try:
        with (out / MANIFEST).open("a", encoding="utf-8") as stream:
            stream.write(_text(line))
    except OSError as error:
        raise unwritable(out / MANIFEST, error) from error


def write(out: Path, lines: Iterable[Line]) -> None:
    """Write the manifest anew."""
    write_atomic(out / MANIFEST, "".join(map(_text, lines)))


def _text(line: Line) -> str:
    return json.dumps(line, sort_keys=True, allow_nan=False) + "\n"


def _line(text: str) -> Line | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    known = isinstance(line, dict) and isinstance(line.get("source"), str) and isinstance(line.get("epoch"), int)
    return line if known else None
