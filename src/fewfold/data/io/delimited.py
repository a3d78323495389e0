"""Delimited text: CSV, TSV."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Frame, Ints
from fewfold.data.io.conventions import MISSING, ROW, check_names, damaged, refuse_markers
from fewfold.data.io.header import told
from fewfold.data.io.sniff import Layout, decode, layout

_QUOTE, _NEWLINE = ord('"'), ord("\n")


def read(path: Path) -> Frame:
    """A text table. Blank lines and titles above the header are skipped; each other line must have as many fields as
    the header."""
    text, encoding = decode(_bytes(path), path)
    if "\n" not in text:
        text = text.replace("\r", "\n")
    found = layout(text, tabbed=".tsv" in path.name.lower())
    names = check_names(found.header, path)
    text = _below(text, found.lines)
    data = text.encode()
    rows = _rows(data, text, found, path)
    try:
        frame = pd.read_csv(
            io.BytesIO(data),
            sep=found.delimiter,
            decimal=found.decimal,
            header=0,
            names=names,
            index_col=False,
            dtype={names[position]: str for position in found.padded},
            keep_default_na=False,
            na_values=list(MISSING),
            float_precision="round_trip" if found.long else None,
            low_memory=False,
        )
    except (ValueError, OverflowError) as error:  # ParserError is a ValueError
        raise damaged(path, "a text table", error) from error
    frame.index = pd.Index(rows, name=ROW) if len(rows) == len(frame) else pd.RangeIndex(2, len(frame) + 2, name=ROW)
    frame.index += found.above
    delimiter = {"\t": "tab"}.get(found.delimiter, found.delimiter)
    how = f"text, encoding {encoding}, delimiter {delimiter!r}, decimal mark {found.decimal!r}"
    frame.attrs["source"] = how + told(found.titles)
    return frame


def _below(text: str, lines: int) -> str:
    """What stands below so many lines."""
    stream = io.StringIO(text, newline="")
    for _ in range(lines):
        stream.readline()
    return stream.read()


def _bytes(path: Path) -> bytes:
    if path.suffix.lower() != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path, "a gzip archive", error) from error


def write(table: Frame, path: Path, *, delimiter: str) -> None:
    """A text table in UTF-8; numbers in their shortest exact form, missing values empty."""
    refuse_markers(table, MISSING, path)
    # A carriage return inside a value is quoted only when it is part of the line ending.
    table.to_csv(path, sep=delimiter, index=False, lineterminator="\r\n", encoding="utf-8")


def _rows(data: bytes, text: str, found: Layout, path: Path) -> Ints:
    """Numbers of the records below the header, blank lines counted; refuses records of another width."""
    stray = _has_stray_quotes(data, found.delimiter)
    try:
        numbers, widths = _scan_closely(text, found.delimiter) if stray else _scan(data, found.delimiter)
    except csv.Error as error:
        raise damaged(path, "a text table", error) from error
    width = len(found.header)
    ragged = np.flatnonzero(widths != width)
    if len(ragged):
        rows = ", ".join(f"row {numbers[i] + found.above} has {widths[i]}" for i in ragged[:5])
        raise BadInput(
            expected=f"{width} fields in each row of {path.name}, as in its header",
            found=f"{rows}{f', and {len(ragged) - 5} more' if len(ragged) > 5 else ''}",
            fix="Look for a missing or spare delimiter, a text that needs quotes, or notes below the table.",
        )
    return numbers[1:]


def _scan(data: bytes, delimiter: str) -> tuple[Ints, Ints]:
    """Number and width of each record that is not blank, without parsing it."""
    codes = np.frombuffer(data, dtype=np.uint8)
    inside = np.bitwise_xor.accumulate(codes == _QUOTE) if b'"' in data else None
    ends = _where(codes == _NEWLINE, inside)
    if data[-1:] != b"\n":
        ends = np.append(ends, len(codes))
    starts = np.concatenate([[0], ends[:-1] + 1])
    before = np.searchsorted(_where(codes == ord(delimiter), inside), np.concatenate([[0], ends]))
    widths = np.diff(before) + 1
    suspects = np.flatnonzero((widths == 1) & np.isin(codes[np.minimum(starts, len(codes) - 1)], list(b" \t\r\n")))
    blank = [i for i in suspects if not data[starts[i] : ends[i]].strip()]
    kept = np.delete(np.arange(len(ends)), blank)
    return kept + 1, widths[kept]


def _has_stray_quotes(data: bytes, delimiter: str) -> bool:
    """Whether a quote stands inside a field, where it is a letter like others."""
    codes = np.frombuffer(b"\n" + data + b"\n", dtype=np.uint8)
    quotes = np.flatnonzero(codes == _QUOTE)
    border = list(f'{delimiter}"\r\n'.encode())
    at_border = np.isin(codes[quotes - 1], border) | np.isin(codes[quotes + 1], border)
    return len(quotes) % 2 == 1 or not at_border.all()


def _where(hit: Bools, inside: Bools | None) -> Ints:
    return np.flatnonzero(hit if inside is None else hit & ~inside)


def _scan_closely(text: str, delimiter: str) -> tuple[Ints, Ints]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    kept = [(number, len(record)) for number, record in enumerate(reader, start=1) if not _blank(record)]
    table = np.array(kept, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _blank(record: Sequence[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())
