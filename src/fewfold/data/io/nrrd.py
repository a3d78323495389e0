"""Volumes in NRRD files (.nrrd, or .nhdr with the values in a file beside it).

Format: teem.sourceforge.net/nrrd/format.html, versions 1 to 5, encodings raw, gzip and bzip2. The file counts the
fastest axis first; an image here has (slices, rows, columns).
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.data.blocks.geometry import check_affine, flip_world, reversed_axes, spacing_of
from fewfold.data.blocks.image import Array, Header, Image
from fewfold.data.io.guard import check_size, reading, volume_only
from fewfold.data.io.payload import payload_of, tag_in
from fewfold.data.io.raw_block import Block, beside, storable, text_header
from fewfold.data.tag import SOFTWARE

_TYPES = {
    "int8": ("int8", "int8_t", "signed char"),
    "uint8": ("uint8", "uint8_t", "uchar", "unsigned char"),
    "int16": ("int16", "int16_t", "short", "short int", "signed short", "signed short int"),
    "uint16": ("uint16", "uint16_t", "ushort", "unsigned short", "unsigned short int"),
    "int32": ("int32", "int32_t", "int", "signed int"),
    "uint32": ("uint32", "uint32_t", "uint", "unsigned int"),
    "int64": ("int64", "int64_t", "longlong", "long long", "long long int", "signed long long", "signed long long int"),
    "uint64": ("uint64", "uint64_t", "ulonglong", "unsigned long long", "unsigned long long int"),
    "float32": ("float", "float32"),
    "float64": ("double", "float64"),
}
_NUMPY = {name: dtype for dtype, names in _TYPES.items() for name in names}
_PACKINGS = {"raw": "raw", "gz": "gzip", "gzip": "gzip", "bz2": "bzip2", "bzip2": "bzip2"}
_RAS = {"right-anterior-superior", "ras"}
_LPS = {"left-posterior-superior", "lps"}


def header(path: Path, most_values: int, *, labels: bool = False) -> Header:
    """See :func:`fewfold.data.io.image.read_header`."""
    with reading(path, "a NRRD volume"):
        return _opened(path, most_values)[0]


def image(path: Path, most_values: int, *, labels: bool = False) -> tuple[Header, Array]:
    """The header, and the values as (slices, rows, columns)."""
    with reading(path, "a NRRD volume"):
        found, block = _opened(path, most_values)
        return found, block.read(found)


def _opened(path: Path, most_values: int) -> tuple[Header, Block]:
    text, length = text_header(path, rb"\r?\n\r?\n")
    fields, notes = _parsed(text)
    extents = [int(extent) for extent in fields["sizes"].split()]
    if len(extents) > 3:
        raise volume_only(tuple(extents), path)
    shape = ((1,) * 3 + tuple(extents[::-1]))[-3:]
    check_size(shape, path, most_values)
    block = _block(path, fields, length)
    block.check(shape)
    spacing, affine = _geometry(fields, path)
    dtype = block.stored.newbyteorder("=")
    return Header(shape, dtype, True, spacing, affine, tag=tag_in(notes.get(SOFTWARE))), block


def _parsed(text: str) -> tuple[dict[str, str], dict[str, str]]:
    fields, notes = {}, {}
    for line in text.splitlines()[1:]:
        if line.startswith("#"):
            continue
        key, noted, value = line.partition(":=")
        if noted:
            notes[key] = re.sub(r"\\(n|\\)", lambda found: "\n" if found[1] == "n" else "\\", value)
        elif ": " in line:
            key, _, value = line.partition(": ")
            fields[key.strip().lower().replace(" ", "")] = value.strip()
    return fields, notes


def _block(path: Path, fields: dict[str, str], length: int) -> Block:
    told, encoding = fields["type"].lower(), fields.get("encoding", "raw").lower()
    if told not in _NUMPY or encoding not in _PACKINGS:
        raise BadInput(
            expected=f"whole or decimal numbers in {path.name}, raw or packed by gzip or bzip2",
            found=f"type {told}, encoding {encoding}",
            fix="Write it anew with encoding gzip.",
        )
    stored = np.dtype(_NUMPY[told]).newbyteorder("big" if fields.get("endian", "little").lower() == "big" else "little")
    detached = fields.get("datafile")
    if any(int(fields.get(skip, 0)) for skip in ("lineskip", "byteskip")) or (detached or "").startswith("LIST"):
        raise BadInput(
            expected=f"values in one file without gaps, as {path.name} should have",
            found="a list of files, or lines or bytes to be skipped",
            fix="Write it anew as one .nrrd.",
        )
    if detached:
        return Block(beside(path, detached), 0, stored, _PACKINGS[encoding])
    return Block(path, length, stored, _PACKINGS[encoding])


def _geometry(fields: dict[str, str], path: Path) -> tuple[tuple[float, ...] | None, Floats | None]:
    """Spacing, and the affine where the world is that of the patient."""
    world = fields.get("space", "").lower()
    vectors = re.findall(r"\(([^)]*)\)|none", fields.get("spacedirections", ""))
    if len(vectors) != 3:
        steps = tuple(float(step) for step in fields.get("spacings", "").split()[::-1])
        known = len(steps) == 3 and np.isfinite(steps).all()
        return (steps if known else None), None
    affine = np.eye(4)
    affine[:3, :3] = np.array([[float(x) for x in vector.split(",")] for vector in vectors]).T
    origin = fields.get("spaceorigin", "(0,0,0)").strip("()").split(",")
    affine[:3, 3] = [float(x) for x in origin]
    affine = reversed_axes(flip_world(affine) if world in _LPS else affine)
    check_affine(affine, path.name)
    return spacing_of(affine), (affine if world in _LPS | _RAS else None)


def written(image: Image, path: Path) -> bytes:
    """The bytes of a volume in its own type of number, packed by gzip, in the space left-posterior-superior."""
    values = storable(image, path, _TYPES)
    lines = ["NRRD0004", f"type: {_TYPES[values.dtype.name][0]}", "dimension: 3"]
    sizes = "sizes: " + " ".join(map(str, values.shape[::-1]))
    if image.affine is not None:
        affine = flip_world(reversed_axes(image.affine))
        vectors = " ".join(_vector(affine[:3, axis]) for axis in range(3))
        lines += ["space: left-posterior-superior", sizes, f"space directions: {vectors}"]
        lines += [f"space origin: {_vector(affine[:3, 3])}"]
    else:
        lines.append(sizes)
        if image.spacing is not None:
            lines.append("spacings: " + " ".join(repr(step) for step in image.spacing[::-1]))
    lines += ["kinds: domain domain domain", "endian: little", "encoding: gzip"]
    note = payload_of(image)
    if note is not None:
        lines.append(f"{SOFTWARE}:=" + note.replace("\\", "\\\\"))
    content = values.astype(values.dtype.newbyteorder("<")).tobytes()
    return ("\n".join(lines) + "\n\n").encode("ascii") + gzip.compress(content, 6, mtime=0)


def _vector(numbers: Floats) -> str:
    return "(" + ",".join(repr(float(number)) for number in numbers) + ")"
