"""How a text file is written: encoding, delimiter, decimal mark, columns that are text although they look like numbers.

Only the start of a file is looked at (256 kB, which is the whole of most cohorts), except for the encoding.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fewfold.core.errors import BadInput
from fewfold.data.io.header import titles

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
    ``long`` says that numbers have more digits than a fast parser reads exactly. ``titles`` stand above the header, so
    that it is record ``above`` + 1, blank ones counted, and starts after ``lines`` lines."""

    delimiter: str
    decimal: str
    header: tuple[str, ...]
    padded: tuple[int, ...]
    long: bool
    titles: int = 0
    above: int = 0
    lines: int = 0


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
    found = _records(sample, delimiter)
    count = _titles(found)
    header, *records = [record.fields for record in found[count:]] or [[]]
    fields = {field for record in records for field in record}
    decimal = "," if delimiter != "," and _any(_COMMA, fields) and not _any(_DOT, fields) else "."
    padded = {
        i for record in records for i, field in enumerate(record) if field[:1] == "0" and _PADDED.fullmatch(field)
    }
    long = _LONG.search(sample) is not None
    where = (count, found[count].above, found[count].lines) if count else (0, 0, 0)
    return Layout(delimiter, decimal, tuple(header), tuple(sorted(padded)), long, *where)


def _any(pattern: re.Pattern[str], fields: set[str]) -> bool:
    return any(pattern.fullmatch(field.strip()) for field in fields)


@dataclass(frozen=True)
class _Record:
    """A record that is not blank, below so many records and lines."""

    fields: list[str]
    above: int
    lines: int


def _records(sample: str, delimiter: str) -> list[_Record]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    records: list[_Record] = []
    lines = 0
    with suppress(csv.Error):  # a quote that is never closed: the parser will say so
        for above, fields in enumerate(reader):
            if any(fields) or len(fields) > 1:
                records.append(_Record(fields, above, lines))
            lines = reader.line_num
    return records


def _titles(records: list[_Record]) -> int:
    """How many records stand above the header of a table as wide as most records are."""
    widths = Counter(len(record.fields) for record in records)
    return titles([record.fields for record in records], widths.most_common(1)[0][0]) if records else 0


def _delimiter(sample: str) -> str:
    """The delimiter under which most records have as many fields as the header, with the fewest titles above it, and
    the header has most."""
    best, chosen = (0.5, 0, 1), ","
    for delimiter in DELIMITERS:
        records = _records(sample[:65_536], delimiter)
        count = _titles(records)
        table = records[count:]
        if not table or len(table[0].fields) < 2:
            continue
        width = len(table[0].fields)
        score = (sum(len(record.fields) == width for record in table) / len(table), -count, width)
        if score > best:
            best, chosen = score, delimiter
    return chosen
