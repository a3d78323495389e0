"""Files that are either whole or absent, and hashes that do not depend on formatting."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from fewfold.core.errors import BadInput


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spare space; refuses NaN and infinity."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of a JSON-able value, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def whole_or_absent(path: Path) -> Iterator[Path]:
    """An empty file beside ``path``, of the same kind, to write to. It takes the name of ``path`` when all went well,
    and is removed on any failure, an interrupt included."""
    temporary = path.with_name(f".{uuid4().hex}{path.suffix}")
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        os.replace(temporary, path)
    finally:
        with suppress(OSError):  # on a read-only disk there is nothing to remove, and nothing can be
            temporary.unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader, a crash or a full disk sees the old content or the new, never a part.

    Raises ``BadInput`` where the disk is full or the folder cannot be written; the old content stays.
    """
    payload = content.encode() if isinstance(content, str) else content
    try:
        with whole_or_absent(path) as temporary, temporary.open("wb") as stream:
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise unwritable(path, error) from error


def refuse_existing(path: Path) -> None:
    """Raise ``BadInput`` where a file that would be written anew is there."""
    if path.exists():
        raise BadInput(
            expected=f"no file at {path}", found="one that is there", fix="Name another with -o, or delete it."
        )


def unwritable(path: Path, error: OSError) -> BadInput:
    """What to say where a file cannot be written."""
    return BadInput(
        expected=f"room and permission to write {path}",
        found=error.strerror or str(error),
        fix="Make room or choose another folder, and run the same command again: the files that are there are whole.",
    )
