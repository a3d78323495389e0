"""Files that are whole or absent, and hashes that anyone can recompute."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from fewfold.core.errors import BadInput
from fewfold.core.files import canonical_json, digest, file_digest, write_atomic


def test_canonical_json() -> None:
    assert canonical_json({"b": [1, 2.5, None], "a": {"ü": True}}) == '{"a":{"ü":true},"b":[1,2.5,null]}'
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not JSON compliant"):
            canonical_json({"x": bad})


def test_digests_are_sha256(tmp_path: Path) -> None:
    """SHA-256 of the empty message and of ``abc`` as in FIPS 180-4."""
    (tmp_path / "empty").touch()
    (tmp_path / "abc").write_bytes(b"abc")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (file_digest(tmp_path / "empty"), file_digest(tmp_path / "abc")) == (empty, abc)
    assert digest("abc") == hashlib.sha256(b'"abc"').hexdigest()
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 2.5})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_atomic(path, "früh")
    assert path.read_bytes() == "früh".encode()
    write_atomic(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert os.listdir(tmp_path) == ["result.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("error", "raised"), [(OSError(28, "No space left on device"), BadInput), (KeyboardInterrupt(), KeyboardInterrupt)]
)
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException, raised: type[BaseException]
) -> None:
    path = tmp_path / "cell.json"
    path.write_text("old")

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(raised):
        write_atomic(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["cell.json"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        write_atomic(tmp_path / "none" / "cell.json", "new")


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    before = os.umask(0o022)
    try:
        write_atomic(path, "{}")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
