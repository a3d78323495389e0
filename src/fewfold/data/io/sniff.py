"""How a text file is written: encoding, delimiter, decimal mark, columns that are text although they look like numbers.

Only the start of a file is looked at (256 kB, which is the whole of most cohorts), except for the encoding.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fewfold.core.errors import BadInput

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 256 * 1024
_MAGIC = {
    b"PK\x03\x04": "an Excel workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"$FL2": "an SPSS file",
    b"$FL3": "an SPSS file",
    b"<stata_dta>": "a Stata file",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")
_DOT = re.compile(r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?")
_PADDED = re.compile(r"0\d+")
_LONG = re.compile(r"[1-9][\d.]{15}|\d[eE][-+]?\d\d")


@dataclass(frozen=True)
class Layout:
    """How a text file is written. ``padded`` are positions of columns with leading zeros (codes, not numbers);
    ``long`` says that numbers have more digits than a fast parser reads exactly."""

    delimiter: str
    decimal: str
    header: tuple[str, ...]
    padded: tuple[int, ...]
    long: bool


def decode(raw: bytes, path: Path) -> tuple[str, str]:
    """The text of a file and its encoding: by its byte order mark, else UTF-8, UTF-16, Windows-1252 (of which
    the printable part of Latin-1 is a subset)."""
    kind = next((what for magic, what in _MAGIC.items() if raw.startswith(magic)), None)
    if kind is not None:
        raise _not_text(path, kind)
    for encoding in _encodings(raw):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) is None:
            return text.removeprefix("\ufeff"), encoding
        raise _not_text(path, "bytes that no text holds: a binary file")
    raise _not_text(path, "text in an encoding that is none of UTF-8, UTF-16, Windows-1252, Latin-1")


def _encodings(raw: bytes) -> list[str]:
    marked = next((encoding for bom, encoding in _BOMS if raw.startswith(bom)), None)
    if marked:
        return [marked]
    head = raw[:1000]
    if head[1::2].count(0) > len(head) // 4:
        return ["utf-16-le"]
    if head[0::2].count(0) > len(head) // 4:
        return ["utf-16-be"]
    return ["utf-8", "cp1252"]


def _not_text(path: Path, found: str) -> BadInput:
    return BadInput(
        expected=f"text in {path.name}",
        found=found,
        fix="Save it as CSV in UTF-8, or give the file the extension of what it is.",
    )


def layout(text: str, *, tabbed: bool = False) -> Layout:
    """The layout of a table in a text; ``tabbed`` says that the file's name promises tabs."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    delimiter = "\t" if tabbed and "\t" in sample else _delimiter(sample)
    header, *records = _records(sample, delimiter) or [[]]
    fields = {field for record in records for field in record}
    decimal = "," if delimiter != "," and _any(_COMMA, fields) and not _any(_DOT, fields) else "."
    padded = {
        i for record in records for i, field in enumerate(record) if field[:1] == "0" and _PADDED.fullmatch(field)
    }
    return Layout(delimiter, decimal, tuple(header), tuple(sorted(padded)), _LONG.search(sample) is not None)


def _any(pattern: re.Pattern[str], fields: set[str]) -> bool:
    return any(pattern.fullmatch(field.strip()) for field in fields)


def _records(sample: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    with suppress(csv.Error):  # a quote that is never closed: the parser will say so
        records.extend(record for record in reader if any(record) or len(record) > 1)
    return records


def _delimiter(sample: str) -> str:
    """The delimiter under which most records have as many fields as the header, and the header has most."""
    best, chosen = (0.5, 1), ","
    for delimiter in DELIMITERS:
        records = _records(sample[:65_536], delimiter)
        if not records or len(records[0]) < 2:
            continue
        width = len(records[0])
        score = (sum(len(record) == width for record in records) / len(records), width)
        if score > best:
            best, chosen = score, delimiter
    return chosen
