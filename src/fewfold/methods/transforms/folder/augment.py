"""All images of a folder, each copied a number of times; stopped at any moment, it goes on where it was."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path, PurePosixPath
from threading import Lock

import numpy as np
from joblib import Parallel, delayed

from fewfold.core.errors import BadInput, FewfoldError, MissingExtra
from fewfold.core.files import file_digest
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import BLOCK, Failure
from fewfold.data.cohort import Cohort
from fewfold.data.io.folder import read_images
from fewfold.data.io.folder_write import write_files
from fewfold.data.io.stored import Stored
from fewfold.methods.transforms.endpoint import check_endpoint
from fewfold.methods.transforms.folder.copier import Copier, digests, marks_told, stem, there
from fewfold.methods.transforms.folder.manifest import MANIFEST, Line, add, prepare, write
from fewfold.methods.transforms.folder.tables import entries_of, write_tables

_STOP = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}  # errors that every other image would meet too
Progress = Callable[[int, int], None]


@dataclass
class Augmented:
    """What became of a folder: how many ``images`` were used, copies ``written`` now, copies ``kept`` from before,
    images ``left_out`` since they were made themselves, and ``failures``: files that could not be used."""

    images: int = 0
    written: int = 0
    kept: int = 0
    left_out: int = 0
    failures: list[Failure] = field(default_factory=list)


def augment_folder(
    folder: str | Path,
    out: str | Path,
    preset: str,
    *,
    ratio: int = 1,
    seed: int = 0,
    endpoints: Iterable[str] = (),
    labels: str | Path | None = None,
    masks: Sequence[str] = (),
    jobs: int = 1,
    progress: Progress = lambda done, total: None,
) -> Augmented:
    """Write ``ratio`` altered copies of each image of ``folder``, with its masks, boxes and points, to ``out``.

    Images are read as by :func:`fewfold.data.io.folder.read_images`; ``labels``, ``masks``: as there, and a mask may be
    empty. Without a table the first subfolder of an image is its class. ``endpoints``: see
    :func:`fewfold.methods.transforms.endpoint.check_endpoint`. ``jobs``: threads. Images that were made are not copied,
    nor is anything in a folder that this function has written.

    In ``out`` lie ``images/`` and ``masks/``, sorted as the sources are, ``images.csv`` with the table of the sources,
    ``boxes.csv``, ``points.csv``, and ``augmented.jsonl``, which says of each copy its source and what was drawn. What
    is there and was drawn in the same way is kept. The same folder and seed give the same bytes.

    Raises ``BadInput`` for an unknown preset, an endpoint that it may destroy, a folder without images, or an ``out``
    that holds other things or copies that would not be made now.
    """
    folder, out, copier = Path(folder), Path(out), Copier(preset, seed)
    check_endpoint(copier.chain, endpoints)
    _check_names(masks)
    cohort, failures = read_images(folder, labels=labels, masks=masks, empty_masks=True)
    told = [each for each in failures if not _written_before(each.name, folder)]
    cohort, left_out = _recordings(cohort, folder)
    entries, known = entries_of(cohort), prepare(out)
    _check_plan(known, {entry.name for entry in entries} | {each.name for each in told}, ratio, out)
    done = Augmented(left_out=left_out, failures=told)
    run = _Run(out, copier, ratio, known, _owners(entries, ratio))
    lines: dict[int, list[Line]] = {}
    threads = Parallel(n_jobs=jobs, prefer="threads", return_as="generator", pre_dispatch="4*n_jobs")
    for row, made in enumerate(threads(delayed(run.copies)(entry) for entry in entries)):
        if isinstance(made, Failure):
            done.failures.append(made)
        else:
            lines[row] = sorted([*made.kept, *made.written], key=itemgetter("epoch"))
            done.kept, done.written = done.kept + len(made.kept), done.written + len(made.written)
        progress((row + 1) * ratio, len(entries) * ratio)
    write(out, [line for own in lines.values() for line in own])
    write_tables(cohort, lines, copier.tag.record, out)
    done.images = len(lines)
    return done


@dataclass
class _Copies:
    """Those of one image on record: there before, and made now."""

    kept: list[Line] = field(default_factory=list)
    written: list[Line] = field(default_factory=list)


@dataclass
class _Run:
    """Copies of images, several at a time."""

    out: Path
    copier: Copier
    ratio: int
    known: dict[tuple[str, int], Line]
    owners: dict[str, str]
    lock: Lock = field(default_factory=Lock)

    def copies(self, entry: Stored) -> _Copies | Failure:
        """The copies of an image, or why it could not be used."""
        try:
            return self._copies(entry)
        except MissingExtra:
            raise
        except FewfoldError as error:
            if getattr(error.__cause__, "errno", None) in _STOP:
                raise
            return Failure(entry.name, error)
        except OSError as error:  # while a digest was made
            found = error.strerror or str(error)
            told = BadInput(expected="a file that can be read", found=found, fix="Check it, and run this again.")
            return Failure(entry.name, told)

    def _copies(self, entry: Stored) -> _Copies:
        _check_unicode(entry.name)
        sources, image, copies = digests(entry), None, _Copies()
        for epoch in range(self.ratio):
            planned, found = self.copier.planned(entry, sources, epoch), self.known.get((entry.name, epoch))
            name = stem(entry, epoch)
            if self.owners[name] != entry.name:
                raise BadInput(
                    expected="images whose copies have names of their own", found=f"{name} twice", fix="Rename one."
                )
            if found is not None and there(self.out, planned, found):
                copies.kept.append(found)
                continue
            image = entry.read() if image is None else image
            copies.written.append(self._made(self.copier.copy(image, planned), planned, name))
        return copies

    def _made(self, copy: Image, planned: Line, name: str) -> Line:
        files = write_files(copy, self.out, name)
        own = {file: file_digest(self.out / file) for file in files.values()}
        line = {**planned, **marks_told(copy), "files": files, "files_sha256": own}
        with self.lock:
            add(self.out, line)
        return line


def _owners(entries: Sequence[Stored], ratio: int) -> dict[str, str]:
    """The names of all copies, each with the first image that has a copy of that name."""
    owners: dict[str, str] = {}
    for entry in entries:
        for epoch in range(ratio):
            owners.setdefault(stem(entry, epoch), entry.name)
    return owners


def _check_unicode(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise BadInput(expected="a name in UTF-8", found=ascii(name), fix="Rename the file.") from error


def _check_names(masks: Sequence[str]) -> None:
    for name in masks:
        if name == BLOCK or PurePosixPath(name.replace("\\", "/")).name != name:
            raise BadInput(expected="columns of masks that can name a folder", found=repr(name), fix="Rename it.")


def _check_plan(known: dict[tuple[str, int], Line], sources: set[str], ratio: int, out: Path) -> None:
    """Raise ``BadInput`` for copies on record that would neither be made nor kept now."""
    odd = [(source, epoch) for source, epoch in known if source not in sources or epoch >= ratio]
    if odd:
        source, epoch = odd[0]
        why = f"the ratio is {ratio}" if source in sources else "which is no longer there"
        raise BadInput(
            expected=f"only copies in {out} that would be made now",
            found=f"{len(odd)} others, the first number {epoch} of {source}: {why}",
            fix=f"Name another folder, or delete {out}.",
        )


def _written_before(name: str, folder: Path) -> bool:
    """Whether a file of the folder lies in one that has a manifest."""
    parts = PurePosixPath(name).parts
    return any((folder.joinpath(*parts[:depth]) / MANIFEST).is_file() for depth in range(len(parts)))


def _recordings(cohort: Cohort, folder: Path) -> tuple[Cohort, int]:
    """The images that no program has made, and how many others there are that lie in no folder with a manifest."""
    before = np.array([_written_before(entry.name, folder) for entry in entries_of(cohort)])
    made = cohort.provenance.is_synthetic & ~before
    rows = np.flatnonzero(~before & ~made)
    if not len(rows):
        raise BadInput(
            expected=f"recordings in {folder}",
            found="only images that were made",
            fix="Name the folder of their sources.",
        )
    return cohort.take(rows), int(made.sum())
