"""All images of a folder that no table describes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

import pandas as pd

from fewfold.core.errors import FewfoldError, MissingExtra
from fewfold.core.types import Frame
from fewfold.data.blocks.images import Failure
from fewfold.data.io import dicom, dicom_series
from fewfold.data.io.image import known_image
from fewfold.data.io.magic import kind_of
from fewfold.data.io.paths import files_of
from fewfold.data.io.stored import Options, Stored

CLASS = "class"  # the column of the first subfolder


def scanned(
    folder: Path, options: Options, failures: list[Failure], *, patient_ids: bool
) -> tuple[Frame, dict[int, Stored]]:
    """A table with the column ``image``, ``patient`` where DICOM files say it, and ``class`` where some images lie in
    subfolders; and the images by row. What cannot be opened is added to ``failures``."""
    entries: dict[int, Stored] = {}
    patients: list[str] = []
    groups = _grouped(folder, failures)
    folders = Counter(files[0].parent for files in groups if len(files) > 1)
    for files in groups:
        whole = len(files) > 1 and folders[files[0].parent] == 1
        name = (files[0].parent if whole else files[0]).relative_to(folder).as_posix()
        try:
            entry = Stored.opened(name, files, options=options)
            patients.append(dicom.patient_of(files[0]) if kind_of(files[0]) == "DICOM" else "")
            entries[len(entries)] = entry
        except MissingExtra:
            raise
        except FewfoldError as error:
            failures.append(Failure(name, error))
    frame = pd.DataFrame({"image": [entry.name for entry in entries.values()]})
    if any(patients):
        frame["patient"] = patients if patient_ids else _numbered(patients)
    parts = [PurePosixPath(entry.name).parts for entry in entries.values()]
    if any(len(each) > 1 for each in parts):
        frame[CLASS] = [each[0] if len(each) > 1 else None for each in parts]
    return frame, entries


def _grouped(folder: Path, failures: list[Failure]) -> list[list[Path]]:
    """Files by image: alone, or with the others of a DICOM series."""
    groups: dict[object, list[Path]] = {}
    for path in files_of(folder, failures):
        if path.name.upper() == "DICOMDIR" or not known_image(path):
            continue
        try:
            key = dicom_series.series_of(path) if kind_of(path) == "DICOM" else path
        except MissingExtra:
            raise
        except FewfoldError as error:
            failures.append(Failure(path.relative_to(folder).as_posix(), error))
            continue
        groups.setdefault(key, []).append(path)
    return list(groups.values())


def _numbered(patients: list[str]) -> list[str]:
    """Patients by number, in the order in which they are met; a file that does not say whose it is has its own."""
    keys = [patient or f"\0{k}" for k, patient in enumerate(patients)]
    order = {key: k for k, key in enumerate(dict.fromkeys(keys), start=1)}
    return [f"patient-{order[key]:04d}" for key in keys]
