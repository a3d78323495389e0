"""A volume in many DICOM files, one slice each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.data.blocks.geometry import spacing_of
from fewfold.data.blocks.image import Array, Header
from fewfold.data.io.dicom import elements, header_of, values_of
from fewfold.data.io.dicom_geometry import stacked
from fewfold.data.io.guard import check_size, reading
from fewfold.data.io.magic import kind_of

EXTENSIONS = (".dcm", ".ima")


def files_in(folder: Path) -> list[Path]:
    """The DICOM files of a folder, by content; one that is called ``.dcm`` is taken to be one."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith("."))
    found = [path for path in files if path.suffix.lower() in EXTENSIONS or kind_of(path) == "DICOM"]
    return [path for path in found if path.name.upper() != "DICOMDIR"]


def series_of(path: Path) -> object:
    """What the files of one volume have in common. Files that do not say where they lie (X-rays) are images of their
    own. Raises ``BadInput`` for a file that cannot be read."""
    with reading(path, "a DICOM image"):
        dataset = require("pydicom", extra="imaging").dcmread(
            path, stop_before_pixels=True, specific_tags=["SeriesInstanceUID", "ImagePositionPatient"]
        )
    alone = not dataset.get("ImagePositionPatient") or not dataset.get("SeriesInstanceUID")
    return path if alone else (path.parent, str(dataset.SeriesInstanceUID))


def header(paths: Sequence[Path], name: Path, most_values: int) -> Header:
    """The header of a volume whose slices are ``paths``; ``name`` is what messages call it.

    Raises ``BadInput`` where the files are not the slices of one volume: of several series, of different sizes, not
    parallel, not in even steps, two at one place."""
    return _opened(paths, name, most_values)[0]


def image(paths: Sequence[Path], name: Path, most_values: int) -> tuple[Header, Array]:
    """The header, and the values as (slices, rows, columns) in the order in which they lie in the patient."""
    found, order = _opened(paths, name, most_values)
    values = np.empty(found.shape, dtype=found.dtype)
    for k, position in enumerate(order):
        path = paths[position]
        with reading(path, "a DICOM image"):
            values[k] = values_of(elements(path, pixels=True)[0], path)
    return found, values


def _opened(paths: Sequence[Path], name: Path, most_values: int) -> tuple[Header, Any]:
    if not paths:
        raise BadInput(expected=f"DICOM files in {name.name}", found="none", fix="Check the folder.")
    slices, headers = [], []
    for path in paths:
        with reading(path, "a DICOM image"):
            dataset, behind = elements(path)
            headers.append(header_of(dataset, behind, path, most_values))
        slices.append(dataset)
    _alike("series", [str(part.get("SeriesInstanceUID")) for part in slices], paths, name)
    _alike("size", [found.shape for found in headers], paths, name)
    _alike("pixel spacing", [tuple(np.round(found.spacing or (), 5)) for found in headers], paths, name)
    first = headers[0]
    if len(first.shape) != 2 or first.spacing is None or not all(_placed(part) for part in slices):
        raise BadInput(
            expected=f"grey slices with a place in the patient in {name.name}",
            found="frames, colour, or files that do not say where they lie",
            fix="Name each file as an image of its own.",
        )
    check_size((len(paths), *first.shape), name, most_values)
    places = [part.ImagePositionPatient for part in slices]
    turns = [part.ImageOrientationPatient for part in slices]
    affine, order = stacked(places, turns, first.spacing, name)
    dtype = np.result_type(*{found.dtype for found in headers})
    shape = (len(paths), *first.shape)
    whole = replace(first, shape=shape, dtype=dtype, volume=True, affine=affine, spacing=spacing_of(affine))
    return whole, order


def _placed(part: Any) -> bool:
    return bool(part.get("ImagePositionPatient") and part.get("ImageOrientationPatient"))


def _alike(what: str, found: list[Any], paths: Sequence[Path], name: Path) -> None:
    counts = Counter(found)
    if len(counts) > 1:
        odd = min(counts, key=lambda value: counts[value])
        raise BadInput(
            expected=f"files of one {what} in {name.name}",
            found=f"{len(counts)}; {paths[found.index(odd)].name} is one of {counts[odd]} that differ from the others",
            fix="Give each volume a folder of its own.",
        )
