"""A published table: from the mirror, else from the cache, else from its origin, and never unchecked."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.files import digest, write_atomic
from fewfold.core.types import Frame

MIRROR = "FEWFOLD_DATA"
_CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a table is from.

    ``path``: folder and file in a mirror. ``sha256``: of that file. ``content``: :func:`content_digest` of the table,
    which the file at ``url`` must give too; its bytes differ, for a mirror holds plain CSV without row names.
    ``url``: the file at its origin, at a fixed commit; None where the origin has none that can be read here.
    ``missing``: the number that stands for a missing value at the origin.
    """

    path: str
    sha256: str
    content: str
    url: str | None
    missing: float | None = None


def obtain(origin: Origin) -> Frame:
    """The table of ``origin``: from the folder named by the environment variable ``FEWFOLD_DATA`` if it is there, else
    from the cache, else downloaded to the cache.

    Raises ``BadInput`` where it cannot be had, or is not what it was when this package was written.
    """
    return _from_mirror(origin) if _in_mirror(origin) else _from_cache(origin)


def content_digest(table: Frame) -> str:
    """SHA-256 of names and values, whatever way the file writes a number (10 digits count)."""
    return digest([[str(name), *map(_canonical, table[name])] for name in table.columns])


def cache_folder() -> Path:
    """Where downloads are kept: ``fewfold`` in the user's cache folder of the platform."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "fewfold"


def download(url: str, *, seconds: float = 120.0, at_most: int = 20_000_000) -> bytes:
    """The bytes at ``url``. Raises ``OSError`` with the reason: no answer, a redirect (never followed), ended early,
    longer than ``at_most`` bytes, or not done within ``seconds``."""
    deadline = time.monotonic() + seconds
    try:
        with build_opener(_NoRedirect).open(url, timeout=min(20.0, seconds)) as answer:
            promised = answer.headers.get("Content-Length")
            payload = bytearray()
            while chunk := answer.read1(_CHUNK):
                payload += chunk
                if len(payload) > at_most:
                    raise OSError(f"more than {at_most} bytes")
                if time.monotonic() > deadline:
                    raise OSError(f"not done after {seconds:g} seconds")
    except HTTPError as error:
        error.close()
        raise OSError(f"the answer {error.code} {error.reason}") from error
    except HTTPException as error:
        raise OSError(f"a broken answer ({error!r})") from error
    if promised is not None and len(payload) != int(promised):
        raise OSError(f"{len(payload)} of {promised} bytes")
    return bytes(payload)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Refuse: the origin is at a fixed address."""


def _in_mirror(origin: Origin) -> bool:
    folder = os.environ.get(MIRROR)
    if folder and not Path(folder).is_dir():
        raise BadInput(
            expected=f"a folder in the environment variable {MIRROR}",
            found=folder,
            fix="Correct or unset it.",
        )
    return bool(folder) and Path(str(folder), origin.path).is_file()


def _from_mirror(origin: Origin) -> Frame:
    path = Path(os.environ[MIRROR], origin.path)
    payload = path.read_bytes()
    found = hashlib.sha256(payload).hexdigest()
    if found != origin.sha256:
        raise BadInput(
            expected=f"{path} with SHA-256 {origin.sha256}",
            found=found,
            fix="Restore the file; it has been changed.",
        )
    return _checked(origin, payload, str(path))


def _from_cache(origin: Origin) -> Frame:
    kept = cache_folder() / origin.path
    if kept.is_file():
        try:
            return _checked(origin, kept.read_bytes(), str(kept))
        except BadInput:
            kept.unlink()
    if origin.url is None:
        raise BadInput(
            expected=f"a mirror with {origin.path}",
            found="none" if MIRROR not in os.environ else f"no such file in {os.environ[MIRROR]}",
            fix=f"Its origin offers it in a format of R only, which is not read here. {USE_MIRROR}",
        )
    try:
        payload = download(origin.url)
    except OSError as error:
        raise BadInput(
            expected=f"to download {origin.url}",
            found=str(error),
            fix=f"Check the network, or work without one. {USE_MIRROR}",
        ) from error
    table = _checked(origin, payload, origin.url)
    with suppress(OSError):  # without a cache the next call downloads again
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(kept, payload)
    return table


USE_MIRROR = f"Set {MIRROR} to a folder that holds the published files, each as folder/file."


def _checked(origin: Origin, payload: bytes, where: str) -> Frame:
    try:
        table = pd.read_csv(io.BytesIO(payload), float_precision="round_trip")
    except ValueError:
        found = "no table in it"
    else:
        if table.columns[0] in ("rownames", "Unnamed: 0"):
            table = table.iloc[:, 1:]
        if origin.missing is not None:
            table = table.replace(origin.missing, np.nan)
        found = content_digest(table)
    if found != origin.content:
        raise BadInput(
            expected=f"a table with the content {origin.content} from {where}",
            found=found,
            fix="Use nothing of it: it is not the published table, or the download was damaged. Try once more.",
        )
    return table


def _canonical(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if np.isnan(value) else f"{float(value):.10g}"
