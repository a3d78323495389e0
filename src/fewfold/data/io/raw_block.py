"""What the formats of volumes share: values behind a text header, and the types of numbers that a file can hold."""

from __future__ import annotations

import bz2
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Array, Header, Image
from fewfold.data.io.guard import MOST_HEADER_BYTES, check_bytes
from fewfold.data.io.paths import inside

_CHUNK = 2**20


@dataclass(frozen=True)
class Block:
    """Where the values of a volume lie. ``stored``: their type in the file, byte order included. ``packing``: raw,
    gzip (also zlib, as MetaImage has it) or bzip2."""

    path: Path
    offset: int
    stored: np.dtype[np.generic]
    packing: str

    def check(self, shape: tuple[int, ...]) -> None:
        """Raise ``BadInput`` where a raw block is shorter than the shape asks for."""
        if self.packing == "raw":
            check_bytes(self.path.stat().st_size - self.offset, prod(shape) * self.stored.itemsize, self.path)

    def read(self, header: Header) -> Array:
        """The values in the shape and type of the header; never more bytes are unpacked than it says."""
        needed = prod(header.shape) * self.stored.itemsize
        content = b"".join(self._pieces(needed))
        check_bytes(len(content), needed, self.path)
        values = np.frombuffer(content, dtype=self.stored, count=prod(header.shape))
        return values.reshape(header.shape).astype(header.dtype)

    def _pieces(self, needed: int) -> Iterator[bytes]:
        unpacker = {"gzip": lambda: zlib.decompressobj(wbits=47), "bzip2": bz2.BZ2Decompressor}.get(self.packing)
        with self.path.open("rb") as stream:
            stream.seek(self.offset)
            if unpacker is None:
                yield stream.read(needed)
                return
            state: Any = unpacker()
            while not state.eof:  # to the sum behind the values, which tells damage
                held = getattr(state, "unconsumed_tail", b"")
                if not held and getattr(state, "needs_input", True):
                    held = stream.read(_CHUNK)
                piece = state.decompress(held, max(needed, 1))
                if (piece and needed <= 0) or not (piece or held):
                    return  # more than the header says, or the end
                needed -= len(piece)
                yield piece


def text_header(path: Path, end: bytes) -> tuple[str, int]:
    """The text of a file up to what the pattern ``end`` matches, that included, and where the values begin; all of it
    where nothing matches. Raises ``BadInput`` where the header is longer than 1 MiB."""
    with path.open("rb") as stream:
        start = stream.read(MOST_HEADER_BYTES)
    found = re.search(end, start)
    if found is None and len(start) == MOST_HEADER_BYTES:
        raise BadInput(
            expected=f"a header of at most {MOST_HEADER_BYTES:,} bytes in {path.name}",
            found="one that does not end there",
            fix="Export the file again.",
        )
    length = found.end() if found else len(start)
    return start[:length].decode("utf-8", "replace"), length


def beside(path: Path, name: str) -> Path:
    """The file called ``name`` in the folder of a header. Raises ``BadInput`` where it would lie elsewhere."""
    return inside(path.parent, name, said_by=path.name)


def storable(image: Image, path: Path, types: Collection[str]) -> Array:
    """The values of a volume for a file that holds ``types`` of numbers. Raises ``BadInput`` for a picture, or for
    values of another type."""
    if not image.volume:
        raise BadInput(
            expected=f"a volume to write to {path.name}",
            found=f"a picture of shape {image.pixels.shape}",
            fix="Write .png or .tiff, or make it a volume of one slice.",
        )
    values = image.pixels.astype(np.uint8) if image.pixels.dtype == np.bool_ else image.pixels
    values = values.astype(np.float32) if values.dtype == np.float16 else values
    if values.dtype.name not in types:
        raise BadInput(
            expected=f"numbers that {path.name} can hold: {', '.join(types)}",
            found=str(values.dtype),
            fix="Convert them.",
        )
    return values
