"""Volumes in MetaImage files (.mha, or .mhd with the values in a file beside it).

Format: itk.org/Wiki/ITK/MetaIO/Documentation. The file counts x, y, z in the world left, posterior, superior; an image
here has (slices, rows, columns).
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats
from fewfold.data.blocks.geometry import affine_of, check_affine, flip_world, reversed_axes, spacing_of
from fewfold.data.blocks.image import Array, Header, Image
from fewfold.data.io.guard import check_size, reading, volume_only
from fewfold.data.io.payload import payload_of, tag_in
from fewfold.data.io.raw_block import Block, beside, storable, text_header
from fewfold.data.tag import SOFTWARE

_TYPES = {
    "int8": "MET_CHAR",
    "uint8": "MET_UCHAR",
    "int16": "MET_SHORT",
    "uint16": "MET_USHORT",
    "int32": "MET_INT",
    "uint32": "MET_UINT",
    "int64": "MET_LONG_LONG",
    "uint64": "MET_ULONG_LONG",
    "float32": "MET_FLOAT",
    "float64": "MET_DOUBLE",
}
_NUMPY = {name: dtype for dtype, name in _TYPES.items()}


def header(path: Path, most_values: int, *, labels: bool = False) -> Header:
    """See :func:`fewfold.data.io.image.read_header`."""
    with reading(path, "a MetaImage volume"):
        return _opened(path, most_values)[0]


def image(path: Path, most_values: int, *, labels: bool = False) -> tuple[Header, Array]:
    """The header, and the values as (slices, rows, columns)."""
    with reading(path, "a MetaImage volume"):
        found, block = _opened(path, most_values)
        return found, block.read(found)


def _opened(path: Path, most_values: int) -> tuple[Header, Block]:
    text, length = text_header(path, rb"ElementDataFile[^\n]*(\n|$)")
    fields = {
        key.strip(): value.strip() for key, found, value in (line.partition("=") for line in text.splitlines()) if found
    }
    extents = tuple(int(extent) for extent in fields["DimSize"].split())
    channels = int(fields.get("ElementNumberOfChannels", 1))
    if len(extents) > 3 or channels > 1:
        raise volume_only(extents + (channels,) * (channels > 1), path)
    shape = ((1,) * 3 + extents[::-1])[-3:]
    check_size(shape, path, most_values)
    block = _block(path, fields, length)
    block.check(shape)
    spacing, affine = _geometry(fields, path)
    tag = tag_in(fields.get(SOFTWARE))
    return Header(shape, block.stored.newbyteorder("="), True, spacing, affine, _modality(fields), tag), block


def _block(path: Path, fields: dict[str, str], length: int) -> Block:
    told, name = fields["ElementType"], fields["ElementDataFile"]
    if told not in _NUMPY or name.startswith("LIST") or "%" in name:
        raise BadInput(
            expected=f"whole or decimal numbers in {path.name}, all in one file",
            found=f"type {told}, values in {name}",
            fix="Write it anew as one .mha.",
        )
    msb = fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "False"))
    stored = np.dtype(_NUMPY[told]).newbyteorder(">" if msb.lower() == "true" else "<")
    packing = "gzip" if fields.get("CompressedData", "False").lower() == "true" else "raw"
    if name == "LOCAL":
        return Block(path, length, stored, packing)
    return Block(beside(path, name), 0, stored, packing)


def _modality(fields: dict[str, str]) -> str | None:
    told = fields.get("Modality", "").removeprefix("MET_MOD_")
    return told if told in ("CT", "MR", "NM", "US") else None


def _geometry(fields: dict[str, str], path: Path) -> tuple[tuple[float, ...] | None, Floats | None]:
    steps = [float(step) for step in fields.get("ElementSpacing", fields.get("ElementSize", "")).split()]
    matrix = [float(x) for x in fields.get("TransformMatrix", fields.get("Rotation", "")).split()]
    origin = [float(x) for x in fields.get("Offset", fields.get("Origin", fields.get("Position", "0 0 0"))).split()]
    if len(steps) != 3:
        return None, None
    if len(matrix) != 9 or len(origin) != 3:
        return tuple(steps[::-1]), None
    directions = np.array(matrix).reshape(3, 3).T  # the file gives the direction of one axis after the other
    affine = reversed_axes(flip_world(affine_of(directions, tuple(steps), np.array(origin))))
    check_affine(affine, path.name)
    return spacing_of(affine), affine


def written(image: Image, path: Path) -> bytes:
    """The bytes of a volume in its own type of number, compressed."""
    values = storable(image, path, _TYPES)
    packed = zlib.compress(values.astype(values.dtype.newbyteorder("<")).tobytes())
    lines = ["ObjectType = Image", "NDims = 3", "BinaryData = True", "BinaryDataByteOrderMSB = False"]
    lines += ["CompressedData = True", f"CompressedDataSize = {len(packed)}"]
    if image.affine is not None:
        affine = flip_world(reversed_axes(image.affine))
        directions = affine[:3, :3] / np.asarray(spacing_of(affine))
        lines += [f"TransformMatrix = {_words(directions.T)}", f"Offset = {_words(affine[:3, 3])}"]
        lines += ["CenterOfRotation = 0 0 0", f"ElementSpacing = {_words(np.array(spacing_of(affine)))}"]
    elif image.spacing is not None:
        lines.append(f"ElementSpacing = {_words(np.array(image.spacing[::-1]))}")
    lines.append("DimSize = " + " ".join(map(str, values.shape[::-1])))
    note = payload_of(image)
    if note is not None:
        lines.append(f"{SOFTWARE} = {note}")
    lines += [f"ElementType = {_TYPES[values.dtype.name]}", "ElementDataFile = LOCAL"]
    return ("\n".join(lines) + "\n").encode("ascii") + packed


def _words(numbers: Floats) -> str:
    return " ".join(repr(float(number)) for number in numbers.ravel())
