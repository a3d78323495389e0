"""Where cells land: one file each, whole or absent, in a folder locked to one protocol."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fewfold.core.errors import BadInput, ProtocolChanged
from fewfold.core.files import canonical_json, digest, unwritable, write_atomic

LOCK = "protocol.json"
JOURNAL = "journal.jsonl"
HOLDOUT = "holdout.json"


class Store:
    """The cells that are done. Without a folder they are kept in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._memory: dict[str, dict[str, Any]] = {}
        self._opened = False

    def lock(self, protocol: dict[str, Any], manifest: dict[str, Any]) -> None:
        """Write the protocol down before the first fit, or check that it is the one the folder was locked to.

        Raises ``ProtocolChanged`` where results exist under another protocol, and ``BadInput`` where the folder
        holds something else.
        """
        if self.folder is None:
            return
        _make(self.folder)
        path = self.folder / LOCK
        if path.exists():
            self._compare(_read(path), protocol)
        elif any(p.name not in {JOURNAL} and not p.name.startswith(".") for p in self.folder.iterdir()):
            raise BadInput(
                expected=f"an empty folder, or the folder of this study, at {self.folder}",
                found="files of something else",
                fix="Choose another --out folder; nothing was changed.",
            )
        else:
            write_atomic(path, json.dumps({"locked": _now(), **protocol}, indent=1, ensure_ascii=False))
        if not (self.folder / "splits.json").exists():
            write_atomic(self.folder / "splits.json", canonical_json(manifest))

    def _compare(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        content = {key: value for key, value in old.items() if key not in ("locked", "hash")}
        if digest(content) != old["hash"]:
            raise ProtocolChanged(
                expected="the protocol as it was locked",
                found=f"{self.folder}/{LOCK} edited by hand",
                fix="Restore it, or start in another --out folder.",
            )
        if old["hash"] == new["hash"]:
            return
        if old.get("data") != new["data"]:
            raise ProtocolChanged(
                expected=f"the study that {self.folder} belongs to ({old['settings']['title']!r})",
                found="other data or another target",
                fix="Choose another --out folder; nothing was changed.",
            )
        told = {"fewfold": "the version of fewfold or of a package it rests on", "schema": "the schema"}
        changed = [words for k, words in told.items() if old.get(k) != new[k]]
        was, now = old["settings"], new["settings"]
        changed += [f"{k}: {was.get(k)!r} became {now.get(k)!r}" for k in now if was.get(k) != now.get(k)]
        raise ProtocolChanged(
            expected="the protocol that the results in this folder were made under",
            found=f"an edited one ({'; '.join(changed)})",
            fix="Results under an edited protocol are not confirmatory. Restore it, or start in another --out folder "
            "and report both runs.",
        )

    def open_holdout(self, *, now: bool) -> bool:
        """Whether the sealed holdout is open. ``now`` opens it, for good, and the journal says when."""
        self._opened = self._opened or now
        if self.folder is None:
            return self._opened
        path = self.folder / HOLDOUT
        if now and not path.exists():
            write_atomic(path, canonical_json({"opened": _now()}))
            self.note(event="holdout opened")
        elif now:
            self.note(event="holdout opened again", first=_read(path)["opened"])
        return path.exists()

    def get(self, key: str) -> dict[str, Any] | None:
        """A finished cell, or None."""
        if self.folder is None:
            return self._memory.get(key)
        path = self._path(key)
        if not path.exists():
            return None
        content = _read(path)
        if "status" not in content:
            raise _damaged(path, "something else")
        return content

    def put(self, key: str, content: dict[str, Any]) -> None:
        """Keep a finished cell. A full disk raises ``BadInput``; the cells before it are safe."""
        if self.folder is None:
            self._memory[key] = content
            return
        path = self._path(key)
        _make(path.parent)
        write_atomic(path, canonical_json(content))

    def note(self, **event: Any) -> None:
        """Add a dated line to the journal of attempts."""
        if self.folder is not None:
            path = self.folder / JOURNAL
            try:
                with path.open("a", encoding="utf-8") as stream:
                    stream.write(canonical_json({"time": _now(), **event}) + "\n")
            except OSError as error:
                raise unwritable(path, error) from error

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / "cells" / f"{key}.json"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise BadInput(
            expected=f"a folder at {folder}", found="a file", fix="Choose another --out folder; nothing was changed."
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(content, dict):
        raise _damaged(path, "something else")
    return content


def _damaged(path: Path, found: str) -> BadInput:
    return BadInput(
        expected=f"a file written by fewfold at {path}",
        found=found,
        fix="Something else changed it. Delete that file and run again.",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
