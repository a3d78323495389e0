"""Excel workbooks (.xlsx): the first worksheet that holds a table, with names in the first row below its title."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.core.types import Frame
from fewfold.data.io.conventions import MISSING, ROW, check_names, damaged, refuse_markers
from fewfold.data.io.header import titles, told

_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384
_MARKS = frozenset(MISSING)


def read(path: Path) -> Frame:
    """The first worksheet of two columns or more. Formulas give the value that Excel saved; blank rows and titles above
    the header are skipped. ``attrs`` holds as ``elsewhere`` the names of the columns of each other worksheet."""
    openpyxl = require("openpyxl", extra="formats")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheets = [_Sheet.of(sheet) for sheet in book.worksheets]
        finally:
            book.close()
        sheet = next((sheet for sheet in sheets if sheet.width > 1), sheets[0])
    except (BadZipFile, KeyError, ValueError, IndexError, OSError, openpyxl.utils.exceptions.InvalidFileException) as e:
        raise damaged(path, "an Excel workbook", e) from e
    frame = _frame(sheet, path)
    place = "first" if sheet is sheets[0] else f"number {sheets.index(sheet) + 1}"
    frame.attrs["source"] = f"Excel, worksheet {sheet.name!r} ({place} of {len(sheets)}){told(sheet.titles)}"
    frame.attrs["elsewhere"] = {other.name: other.header for other in sheets if other is not sheet}
    return frame


@dataclass(frozen=True, eq=False)
class _Sheet:
    """The rows of a worksheet that are not blank, by their number, and how many of them are titles."""

    name: str
    rows: dict[int, list[Any]]
    width: int
    titles: int

    @classmethod
    def of(cls, sheet: Any) -> _Sheet:
        rows = {}
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            row = [_value(cell) for cell in cells]
            if any(cell is not None for cell in row):
                rows[number] = row
        width = max((1 + i for row in rows.values() for i, cell in enumerate(row) if cell is not None), default=0)
        rows = {number: (row + [None] * width)[:width] for number, row in rows.items()}
        return cls(sheet.title, rows, width, titles(list(rows.values()), width))

    @property
    def header(self) -> list[str]:
        """The names of the columns, as far as there are any."""
        return [str(cell).strip() for row in list(self.rows.values())[self.titles :][:1] for cell in row if cell]


def _frame(sheet: _Sheet, path: Path) -> Frame:
    if not sheet.rows:
        raise BadInput(
            expected=f"a table in a worksheet of {path.name}",
            found="empty worksheets",
            fix="Write the names of the columns into a row, and the patients below it.",
        )
    header, *numbers = list(sheet.rows)[sheet.titles :]
    names = check_names(sheet.rows[header], path)
    columns = zip(*(sheet.rows[number] for number in numbers), strict=True) if numbers else [()] * sheet.width
    index = pd.Index(numbers, name=ROW, dtype="int64")
    return pd.DataFrame(
        {name: pd.Series(list(column), index=index, dtype=object) for name, column in zip(names, columns, strict=True)},
        index=index,
    ).infer_objects()


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
