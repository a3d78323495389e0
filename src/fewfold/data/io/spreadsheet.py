"""Excel workbooks (.xlsx): the first worksheet, names in its first row."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.core.types import Frame
from fewfold.data.io.conventions import MISSING, ROW, check_names, damaged, refuse_markers

_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384
_MARKS = frozenset(MISSING)


def read(path: Path) -> Frame:
    """The first worksheet. Formulas give the value that Excel saved; blank rows are skipped."""
    openpyxl = require("openpyxl", extra="formats")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheets = book.sheetnames
            cells = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        finally:
            book.close()
    except (BadZipFile, KeyError, ValueError, IndexError, OSError, openpyxl.utils.exceptions.InvalidFileException) as e:
        raise damaged(path, "an Excel workbook", e) from e
    frame = _frame([[_value(cell) for cell in row] for row in cells], path)
    frame.attrs["source"] = f"Excel, worksheet {sheets[0]!r} (the first of {len(sheets)})"
    return frame


def _frame(cells: list[list[Any]], path: Path) -> Frame:
    filled = [number for number, row in enumerate(cells) if any(cell is not None for cell in row)]
    if not filled:
        raise BadInput(
            expected=f"a table in the first worksheet of {path.name}",
            found="an empty worksheet",
            fix="Move the table's worksheet to the front, with the names of its columns in the first row.",
        )
    width = 1 + max(i for number in filled for i, cell in enumerate(cells[number]) if cell is not None)
    header, *rows = filled
    names = check_names(_padded(cells[header], width), path)
    columns = zip(*(_padded(cells[number], width) for number in rows), strict=True) if rows else [()] * width
    index = pd.Index([number + 1 for number in rows], name=ROW, dtype="int64")
    return pd.DataFrame(
        {name: pd.Series(list(column), index=index, dtype=object) for name, column in zip(names, columns, strict=True)},
        index=index,
    ).infer_objects()


def _padded(row: list[Any], width: int) -> list[Any]:
    return (row + [None] * width)[:width]


def _value(cell: Any) -> Any:
    if isinstance(cell, str):
        return None if cell in _MARKS else cell
    return cell.isoformat() if isinstance(cell, dt.time) else cell


def write(table: Frame, path: Path) -> None:
    """One worksheet. Text that starts with an equals sign stays text.

    Times are kept to the millisecond, numbers to 16 digits.
    """
    openpyxl = require("openpyxl", extra="formats")
    refuse_markers(table, MISSING, path)
    if len(table) >= _MAX_ROWS or table.shape[1] > _MAX_COLUMNS:
        raise BadInput(
            expected=f"at most {_MAX_ROWS - 1} rows and {_MAX_COLUMNS} columns, which is what Excel holds",
            found=f"{len(table)} rows and {table.shape[1]} columns",
            fix="Write .csv or .parquet.",
        )
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data")
    columns = [_cells(table[name]) for name in table.columns]
    try:
        for row in ([str(name) for name in table.columns], *zip(*columns, strict=True)):
            sheet.append([_text(openpyxl, sheet, cell) if isinstance(cell, str) else cell for cell in row])
        book.save(path)
    except openpyxl.utils.exceptions.IllegalCharacterError as error:
        raise BadInput(
            expected="text without control characters, which Excel refuses",
            found=repr(str(error))[:80],
            fix="Write .csv or .parquet.",
        ) from error


def _cells(column: Frame) -> list[Any]:
    if column.dtype.kind == "M":
        return [None if pd.isna(value) else value.to_pydatetime(warn=False) for value in column]
    values = column.astype(object)
    cells: list[Any] = values.where(values.notna(), None).tolist()
    return cells


def _text(openpyxl: Any, sheet: Any, text: str) -> Any:
    cell = openpyxl.cell.WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell
