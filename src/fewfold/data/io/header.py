"""Titles that people write above the header of a table."""

from __future__ import annotations

from collections.abc import Sequence


def titles(rows: Sequence[Sequence[object]], width: int) -> int:
    """How many of the leading ``rows`` are titles above the header of a table of ``width`` columns.

    A title fills fewer than half of the columns; the header is the first row that fills at least half of them, with
    texts that are no numbers. Where there is no such row, nothing is taken for a title.
    """
    for position, row in enumerate(rows):
        filled = [cell for cell in row if cell is not None and str(cell).strip()]
        if 2 * len(filled) >= width:
            return position if all(_is_name(cell) for cell in filled) else 0
    return 0


def told(above: int) -> str:
    """What a reader says of the titles that it left out; nothing where there were none."""
    return f", {above} row{'' if above == 1 else 's'} above the header left out" if above else ""


def _is_name(cell: object) -> bool:
    if not isinstance(cell, str):
        return False
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return True
    return False
