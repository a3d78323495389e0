"""Paths that a manifest or a header names, and the files of a folder: nothing outside of it, and no endless walk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from fewfold.core.errors import BadInput
from fewfold.data.blocks.images import Failure


def inside(folder: Path, name: str, *, said_by: str) -> Path:
    """The file or folder ``name`` in ``folder``; backslashes may stand for slashes.

    Raises ``BadInput`` for an absolute path, one that leads out of the folder (through ``..`` or a link), one that is
    not there, and a loop of links.
    """
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    if windows.drive or windows.root or posix.is_absolute() or ".." in windows.parts or not name.strip("./\\ "):
        raise _outside(folder, name, said_by)
    path = folder / name
    if not os.path.lexists(path) and "\\" in name:
        path = folder.joinpath(*windows.parts)
    try:
        there = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links, up to Python 3.12
        raise BadInput(
            expected=f"the file {name!r}, which {said_by} names",
            found=_why_absent(path, error),
            fix="Correct the name, capitals included, or copy the file there.",
        ) from error
    if not there.is_relative_to(folder.resolve()):
        raise _outside(folder, name, said_by)
    return path


def _why_absent(path: Path, error: Exception) -> str:
    if isinstance(error, RuntimeError) or getattr(error, "errno", None) == errno.ELOOP:
        return "links that lead to each other"
    return "a link that leads nowhere" if path.is_symlink() else "nothing there"


def _outside(folder: Path, name: str, said_by: str) -> BadInput:
    return BadInput(
        expected=f"paths inside the folder {folder.name} in {said_by}",
        found=repr(name),
        fix="Write paths that start in that folder, without '..'; copy files into it that lie elsewhere.",
    )


def files_of(folder: Path, failures: list[Failure]) -> Iterator[Path]:
    """All files of a folder and those below it, in the order of their names, hidden ones left out.

    A link that leads back to a folder that it lies in, out of ``folder``, or nowhere, is added to ``failures``.
    """
    yield from _walk(folder, folder, (folder.resolve(),), failures)


def _walk(root: Path, folder: Path, above: tuple[Path, ...], failures: list[Failure]) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        name = entry.relative_to(root).as_posix()
        if entry.is_symlink():
            try:
                inside(root, name, said_by="the folder")
            except BadInput as error:
                failures.append(Failure(name, error))
                continue
        if entry.is_dir():
            there = entry.resolve()
            if there in above:
                found = f"a link to {there.name}, in which it lies"
                failures.append(
                    Failure(name, BadInput(expected="folders that end", found=found, fix="Remove the link."))
                )
                continue
            yield from _walk(root, entry, (*above, there), failures)
        else:
            yield entry
