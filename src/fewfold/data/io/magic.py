"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import zlib
from pathlib import Path

_START = 1024
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"NRRD000", "NRRD"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x89HDF\r\n", "HDF5"),
    (b"<!DOCTYPE", "HTML"),
    (b"<html", "HTML"),
)
_NIFTI = {b"n+1\0": 344, b"ni1\0": 344, b"n+2\0": 4, b"ni2\0": 4}


def kind_of(path: Path) -> str | None:
    """PNG, JPEG, BMP, TIFF, DICOM, NIfTI, NRRD or MetaImage; the name of another well-known format; or None."""
    with path.open("rb") as stream:
        start = stream.read(_START)
    if start[:2] == b"\x1f\x8b":
        return _of_bytes(_gunzipped(start)) or "gzip"
    return _of_bytes(start)


def _of_bytes(start: bytes) -> str | None:
    if start[128:132] == b"DICM":
        return "DICOM"
    if any(start[at : at + 4] == magic for magic, at in _NIFTI.items()):
        return "NIfTI"
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if start.startswith((b"ObjectType", b"NDims", b"Comment")) and b"NDims" in start:
        return "MetaImage"
    return None


def _gunzipped(start: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(start, _START)
    except zlib.error:
        return b""
