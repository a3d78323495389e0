"""Volumes in NIfTI-1 and NIfTI-2 files (.nii, .nii.gz), through nibabel.

The file counts x, y, z; an image here has (slices, rows, columns), which is z, y, x. Nothing is turned or resampled:
the affine goes with the axes. Where the file says that it does not know the orientation (both codes are 0), the affine
is unknown and the spacing is kept.
"""

from __future__ import annotations

import gzip
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.data.blocks.geometry import affine_of, check_affine, reversed_axes, spacing_of
from fewfold.data.blocks.image import Array, Header, Image
from fewfold.data.io.guard import MOST_HEADER_BYTES, check_bytes, check_size, reading, volume_only
from fewfold.data.io.payload import payload_of, tag_in
from fewfold.data.io.raw_block import storable

_MM = {"mm": 1.0, "unknown": 1.0, "meter": 1000.0, "micron": 0.001}
_COMMENT = 6  # code of an extension in plain text
_TYPES = ("uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")


def header(path: Path, most_values: int, *, labels: bool = False) -> Header:
    """See :func:`fewfold.data.io.image.read_header`."""
    with reading(path, "a NIfTI volume"):
        return _header(_load(path), path, most_values)


def image(path: Path, most_values: int, *, labels: bool = False) -> tuple[Header, Array]:
    """The header, and the values as (slices, rows, columns); float32 where the file scales whole numbers."""
    with reading(path, "a NIfTI volume"):
        file = _load(path)
        found = _header(file, path, most_values)
        if path.suffix.lower() == ".gz":
            file = _unpacked(file, found, path)
        values = np.asanyarray(file.dataobj).reshape(found.shape[::-1], order="F").T
        return found, np.ascontiguousarray(values, dtype=found.dtype)


def _load(path: Path) -> Any:
    nibabel = require("nibabel", extra="imaging")
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
        start = stream.read(540)
    kind = nibabel.Nifti1Image if start[344:348] in (b"n+1\0", b"ni1\0") else nibabel.Nifti2Image
    told = kind.header_class(start[: kind.header_class.sizeof_hdr], check=False)
    if not 0 <= told["vox_offset"] <= MOST_HEADER_BYTES:
        raise BadInput(
            expected=f"a header of at most {MOST_HEADER_BYTES:,} bytes in {path.name}",
            found=f"{told['vox_offset']:,}",
            fix="Remove its extensions, or convert the file again from its source.",
        )
    return kind.from_filename(path, mmap=False)


def _unpacked(file: Any, found: Header, path: Path) -> Any:
    """The same file in memory, read to its end, where the sum stands that tells damage; but no more than it says."""
    needed = file.dataobj.offset + prod(found.shape) * file.header.get_data_dtype().itemsize
    with gzip.open(path) as packed:
        content = packed.read(needed)
        check_bytes(len(content), needed, path)
        packed.read(1)
    return type(file).from_bytes(content)


def _header(file: Any, path: Path, most_values: int) -> Header:
    extents = tuple(int(extent) for extent in file.shape)
    while len(extents) > 3 and extents[-1] == 1:
        extents = extents[:-1]
    if len(extents) > 3:
        raise volume_only(extents, path)
    shape = ((1,) * 3 + extents[::-1])[-3:]
    check_size(shape, path, most_values)
    stored = file.header.get_data_dtype()
    if stored.names or stored.kind not in "iuf":
        raise BadInput(
            expected=f"one number for each voxel of {path.name}", found=f"values of type {stored}", fix="Split it."
        )
    if path.suffix.lower() != ".gz":
        there = path.stat().st_size - file.dataobj.offset
        check_bytes(there, prod(shape) * stored.itemsize, path)
    slope, intercept = file.dataobj.slope, file.dataobj.inter
    scaled = (slope, intercept) != (1.0, 0.0)
    spacing, affine = _geometry(file, path)
    notes = (extension.get_content() for extension in file.header.extensions if extension.get_code() == _COMMENT)
    tag = next((tag for tag in map(tag_in, notes) if tag), None)
    dtype = np.dtype(np.float32) if scaled else stored.newbyteorder("=")
    return Header(shape, dtype, volume=True, spacing=spacing, affine=affine, tag=tag)


def _geometry(file: Any, path: Path) -> tuple[tuple[float, ...] | None, Any]:
    unit = _MM.get(file.header.get_xyzt_units()[0], 1.0)
    if not file.header["sform_code"] and not file.header["qform_code"]:
        steps = ((1.0,) * 3 + tuple(float(step) for step in file.header.get_zooms()[:3][::-1]))[-3:]
        check_affine(affine_of(np.eye(3), steps, np.zeros(3)), path.name)
        unknown = file.header.get_xyzt_units()[0] == "unknown" and set(steps) == {1.0}
        return (None if unknown else tuple(unit * step for step in steps)), None
    affine = reversed_axes(np.diag([unit, unit, unit, 1.0]) @ file.affine)
    check_affine(affine, path.name)
    return spacing_of(affine), affine


def written(image: Image, path: Path) -> bytes:
    """The bytes of a volume as NIfTI-1 (NIfTI-2 where an axis is longer than 32,767) in its own type of number."""
    nibabel = require("nibabel", extra="imaging")
    values = storable(image, path, _TYPES)
    kind = nibabel.Nifti2Image if max(values.shape) > np.iinfo(np.int16).max else nibabel.Nifti1Image
    known = image.affine is not None
    spacing = image.spacing or (1.0, 1.0, 1.0)
    affine = image.affine if image.affine is not None else affine_of(np.eye(3), spacing, np.zeros(3))
    file = kind(values.T, reversed_axes(affine), dtype=values.dtype)
    file.header.set_xyzt_units("mm" if image.spacing else "unknown")
    file.set_sform(reversed_axes(affine), code=int(known))
    file.set_qform(reversed_axes(affine), code=int(known))
    note = payload_of(image)
    if note is not None and image.tag is not None:
        file.header["descrip"] = image.tag.sentence.encode("ascii", "replace")[:79]
        file.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", note.encode("ascii")))
    payload: bytes = file.to_bytes()
    return gzip.compress(payload, 6, mtime=0) if path.suffix.lower() == ".gz" else payload
