"""What all readers and writers of tables agree on: names of columns, marks of a missing value, row numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from fewfold.core.errors import BadInput
from fewfold.core.types import Frame

# Cells of a text file or a worksheet that mean "missing". "None" is not among them: it is a level in many tables.
MISSING = ("", " ", ".", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>", "<na>")
ROW = "row"  # name of a frame's index: the number that a person sees beside the row in the file


def check_names(raw: Sequence[object], path: Path) -> list[str]:
    """Column names as text without space around them; each must be there, and be there once."""
    names = ["" if name is None else str(name).strip() for name in raw]
    unnamed = [str(position) for position, name in enumerate(names, start=1) if not name]
    if unnamed:
        raise BadInput(
            expected=f"a name for each column of {path.name}",
            found=f"no name for column {', '.join(unnamed)} of {len(names)}",
            fix="Write a name in the first row (R writes row names without one: use row.names = FALSE).",
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInput(
            expected=f"different names for the columns of {path.name}",
            found=f"{', '.join(map(repr, twice))} more than once",
            fix="Rename or remove the repeated columns.",
        )
    return names


def refuse_markers(table: Frame, markers: Iterable[str], path: Path) -> None:
    """Refuse texts that would be read as missing values from a file of this format."""
    marks = set(markers)
    for name in table.columns:
        column = table[name]
        values = column.cat.categories if column.dtype == "category" else column
        if values.dtype != object:
            continue
        lost = sorted({value for value in values if isinstance(value, str)} & marks)
        if lost:
            raise BadInput(
                expected=f"values that {path.suffix} can tell from a missing one",
                found=f"{', '.join(map(repr, lost))} in column {name!r}",
                fix="Write .parquet, or rename that level.",
            )


def damaged(path: Path, what: str, error: Exception) -> BadInput:
    """The error for a file that cannot be parsed."""
    return BadInput(
        expected=f"{what} in {path.name}",
        found=f"a file that cannot be read as one ({_one_line(error)})",
        fix="Export it again, and check that the extension says what it is.",
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
