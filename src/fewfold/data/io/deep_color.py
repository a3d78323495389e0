"""Colour in 16 bits a channel, in PNG and TIFF, which Pillow cuts down to 8 bits.

PNG is read and written here (W3C Portable Network Graphics, second edition: chunks in section 5, filters in section 9),
TIFF through tifffile.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.data.blocks.image import Array
from fewfold.data.tag import SOFTWARE

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 4: 2, 6: 4}  # of the colour types colour, grey with alpha, colour with alpha
_BITS_PER_SAMPLE, _SAMPLES = 258, 277
_HEADER_END = 26  # of a PNG file: signature, length, name, width, height, bit depth, colour type


def channels_in(picture: Any) -> int:
    """Of an open picture of Pillow with several channels of 16 bits, how many there are without transparency: 1 or 3;
    0 for any other picture."""
    if picture.format == "TIFF":
        bits = picture.tag_v2.get(_BITS_PER_SAMPLE, (1,))
        samples = picture.tag_v2.get(_SAMPLES, 1)
        return (1 if samples == 2 else 3) if samples > 1 and max(np.atleast_1d(bits)) > 8 else 0
    if picture.format != "PNG":
        return 0
    position = picture.fp.tell()
    picture.fp.seek(0)
    start = picture.fp.read(_HEADER_END)
    picture.fp.seek(position)
    return (1 if start[25] == 4 else 3) if start[24] == 16 and start[25] in _CHANNELS else 0


def read(path: Path, picture: Any) -> Array:
    """(rows, columns) or (rows, columns, 3) of uint16."""
    values = _read_tiff(path) if picture.format == "TIFF" else _read_png(path.read_bytes(), path)
    return values[..., 0] if values.shape[2] == 2 else values[..., :3]


def _read_tiff(path: Path) -> Array:
    tifffile = require("tifffile", extra="imaging")
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        try:
            values: Array = page.asarray()
        except ValueError as error:
            if "imagecodecs" not in str(error):
                raise
            raise BadInput(
                expected=f"16-bit colour in {path.name} without compression, or with deflate",
                found=f"{page.compression.name} compression, whose decoder is not installed",
                fix="Run: pip install imagecodecs. Or save it without compression.",
            ) from error
    if values.dtype != np.uint16 or values.ndim != 3:
        raise ValueError(f"colour of type {values.dtype} and shape {values.shape}")
    return np.moveaxis(values, 0, 2) if page.planarconfig == 2 else values


def tiff(values: Array, note: str | None, dots_per_inch: tuple[float, float] | None) -> bytes:
    """The bytes of a TIFF of any depth, compressed without loss, with ``note`` as its ImageDescription."""
    tifffile = require("tifffile", extra="imaging")
    resolution = {} if dots_per_inch is None else {"resolution": dots_per_inch, "resolutionunit": "INCH"}
    stream = BytesIO()
    tifffile.imwrite(
        stream,
        values,
        photometric="rgb" if values.ndim == 3 else "minisblack",
        compression="zlib",
        description=note,
        metadata=None,
        software=False,
        **resolution,
    )
    return stream.getvalue()


def png(values: Array, note: str | None, spacing: tuple[float, ...] | None) -> bytes:
    """The bytes of a PNG of (rows, columns, 3) of uint16, each row as its differences from the one above."""
    rows, columns = values.shape[:2]
    lines = values.astype(">u2").reshape(rows, -1).view(np.uint8)
    lines[1:] -= lines[:-1].copy()
    up = np.full((rows, 1), 2, dtype=np.uint8)
    chunks = [_chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 16, 2, 0, 0, 0))]
    if spacing is not None:
        chunks.append(_chunk(b"pHYs", struct.pack(">IIB", round(1000 / spacing[1]), round(1000 / spacing[0]), 1)))
    if note is not None:
        chunks.append(_chunk(b"tEXt", SOFTWARE.encode() + b"\0" + note.encode("ascii")))
    chunks.append(_chunk(b"IDAT", zlib.compress(np.hstack([up, lines]).tobytes())))
    return _SIGNATURE + b"".join(chunks) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _read_png(payload: bytes, path: Path) -> Array:
    columns, rows, _, colour, _, _, interlaced = struct.unpack(">IIBBBBB", payload[16:29])
    if interlaced:
        raise BadInput(
            expected=f"16-bit colour in {path.name} row by row", found="interlaced rows", fix="Save it not interlaced."
        )
    width = 2 * _CHANNELS[colour]
    needed = rows * (1 + columns * width)
    packed = zlib.decompressobj()
    lines = packed.decompress(_image_data(payload), needed)
    if len(lines) < needed:
        raise ValueError(f"{len(lines)} of {needed} bytes")
    table = np.frombuffer(lines, dtype=np.uint8).reshape(rows, -1)
    values = _unfiltered(table[:, 0], table[:, 1:].reshape(rows, columns, width))
    return values.view(">u2").astype(np.uint16)


def _image_data(payload: bytes) -> bytes:
    parts, position = [], len(_SIGNATURE)
    while position + 12 <= len(payload):
        length = struct.unpack(">I", payload[position : position + 4])[0]
        name, content = payload[position + 4 : position + 8], payload[position + 8 : position + 8 + length]
        check = payload[position + 8 + length : position + 12 + length]
        if check != struct.pack(">I", zlib.crc32(name + content)):
            raise ValueError(f"a damaged part {name!r}")
        if name == b"IDAT":
            parts.append(content)
        position += 12 + length
    return b"".join(parts)


def _unfiltered(filters: Array, lines: Array) -> Array:
    """Undo the filter of each row. A value needs those to its left, above, and above left, so that all of one diagonal
    can be found at once."""
    if filters.max(initial=0) > 4:
        raise ValueError(f"a filter {filters.max()}")
    rows, columns, width = lines.shape
    padded = np.zeros((rows + 1, columns + 1, width), dtype=np.int16)
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        left, above, corner = padded[i + 1, j], padded[i, j + 1], padded[i, j]
        kind = filters[i, None]
        guess = np.select(
            [kind == 1, kind == 2, kind == 3, kind == 4],
            [left, above, (left + above) // 2, _paeth(left, above, corner)],
            0,
        )
        padded[i + 1, j + 1] = (lines[i, j] + guess) & 255
    return np.ascontiguousarray(padded[1:, 1:].astype(np.uint8))


def _paeth(left: Array, above: Array, corner: Array) -> Array:
    """The one of the three that is nearest to left + above - corner; ties in that order."""
    to_left, to_above = np.abs(above - corner), np.abs(left - corner)
    to_corner = np.abs(left + above - 2 * corner)
    nearest = np.where(to_above <= to_corner, above, corner)
    return np.where((to_left <= to_above) & (to_left <= to_corner), left, nearest)
