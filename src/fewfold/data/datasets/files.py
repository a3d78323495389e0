"""The files of a published image data set: from the mirror, the cache or their origin, all checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from fewfold.core.errors import BadInput
from fewfold.core.files import file_digest, write_atomic
from fewfold.data.datasets.download import MIRROR, USE_MIRROR, cache_folder, download

Get = Callable[[str], bytes]
_SUMS = Path(__file__).parent / "sums"


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where the files of a data set are from.

    ``folder``: their folder in a mirror and in the cache; ``sums/<folder>.sha256`` beside this file lists them.
    ``origin``: the address at a fixed commit; None where the origin has them in another form only. ``places``: the
    folder there of each of their folders. ``tables``: files that are put together from several at the origin, by a
    function of what gets one of those and of the list of all files here.
    """

    folder: str
    origin: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Callable[[Get, list[str]], bytes]] = field(default_factory=dict)

    @cached_property
    def sums(self) -> dict[str, str]:
        """SHA-256 by file."""
        lines = (_SUMS / f"{self.folder}.sha256").read_text(encoding="ascii").splitlines()
        return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def obtain_files(files: Files) -> Path:
    """The folder with the files: in the folder named by the environment variable ``FEWFOLD_DATA`` if it is there, else
    in the cache, to which those that are not there are downloaded.

    Raises ``BadInput`` where they cannot be had, or are not what they were when this package was written.
    """
    mirror = os.environ.get(MIRROR)
    if mirror and Path(mirror, files.folder).is_dir():
        return _checked(Path(mirror, files.folder), files)
    kept = cache_folder() / files.folder
    for name, digest in files.sums.items():
        if not (kept / name).is_file() or file_digest(kept / name) != digest:
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(kept / name, _downloaded(files, name))
    return kept


def _checked(folder: Path, files: Files) -> Path:
    wrong = [
        name for name, digest in files.sums.items()
        if not (folder / name).is_file() or file_digest(folder / name) != digest
    ]  # fmt: skip
    if wrong:
        raise BadInput(
            expected=f"the {len(files.sums)} published files of {files.folder} in {folder}",
            found=f"{len(wrong)} absent or changed: {', '.join(wrong[:3])}{' ...' if len(wrong) > 3 else ''}",
            fix="Restore them.",
        )
    return folder


def _downloaded(files: Files, name: str) -> bytes:
    if files.origin is None:
        raise BadInput(
            expected=f"a mirror with {files.folder}/{name}",
            found="none" if MIRROR not in os.environ else f"no such folder in {os.environ[MIRROR]}",
            fix=f"Its origin offers it in another form only, which is not read here. {USE_MIRROR}",
        )
    if name in files.tables:
        payload = files.tables[name](lambda place: _get(f"{files.origin}/{place}"), list(files.sums))
    else:
        folder, _, file = name.rpartition("/")
        payload = _get(f"{files.origin}/{files.places[folder]}/{file}")
    found = sha256(payload).hexdigest()
    if found != files.sums[name]:
        raise BadInput(
            expected=f"{files.folder}/{name} with SHA-256 {files.sums[name]} from {files.origin}",
            found=found,
            fix="Use nothing of it: it is not the published file, or the download was damaged. Try once more.",
        )
    return payload


def _get(url: str) -> bytes:
    try:
        return download(url)
    except OSError as error:
        raise BadInput(
            expected=f"to download {url}",
            found=str(error),
            fix=f"Check the network, or work without one. {USE_MIRROR}",
        ) from error
