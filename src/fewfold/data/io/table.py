"""Tables in files, by extension."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from fewfold.core.errors import BadInput
from fewfold.core.files import whole_or_absent
from fewfold.core.types import Frame
from fewfold.data.io import delimited, parquet, spreadsheet, statistical

READERS: dict[str, Callable[[Path], Frame]] = {
    ".csv": delimited.read,
    ".tsv": delimited.read,
    ".txt": delimited.read,
    ".csv.gz": delimited.read,
    ".tsv.gz": delimited.read,
    ".xlsx": spreadsheet.read,
    ".parquet": parquet.read,
    ".dta": statistical.read,
    ".sav": statistical.read,
    ".sas7bdat": statistical.read,
    ".xpt": statistical.read,
}
WRITERS: dict[str, Callable[[Frame, Path], None]] = {
    ".csv": partial(delimited.write, delimiter=","),
    ".tsv": partial(delimited.write, delimiter="\t"),
    ".xlsx": spreadsheet.write,
    ".parquet": parquet.write,
    ".dta": statistical.write,
    ".sav": statistical.write,
}


def read_frame(path: str | Path) -> Frame:
    """A table from a file, values as they are in it.

    The index, called ``row``, holds the number that a person sees beside the row (the header of a text file or a
    worksheet is row 1). ``attrs`` holds ``source`` (how the file was read) and, where the file has them, ``labels``
    (column name to the text that describes it).

    Raises ``BadInput`` for a file that is missing, empty, a folder, has no rows below its header, has unnamed or
    repeated column names, rows of unequal length, or is not what its extension says; ``MissingExtra`` where the
    reader of its format is not installed.
    """
    path = Path(path)
    reader = _by_extension(path, READERS, "read")
    _check_there(path)
    frame = reader(path)
    if frame.empty:
        raise BadInput(
            expected=f"at least one row below the header of {path.name}",
            found=f"{frame.shape[1]} columns and no row",
            fix="Check the export: it holds the names of the columns only.",
        )
    return frame


def write_frame(table: Frame, path: str | Path) -> None:
    """Write a table; the file is whole or absent, and replaces one that was there.

    Values, missing values, levels and dates come back from :func:`read_frame` (Excel keeps times to the millisecond
    and numbers to 16 digits; text files and Excel do not keep the order of levels: conform to the schema).
    The index is not written.
    Raises ``BadInput`` where the place or the format cannot hold the table.
    """
    path = Path(path)
    writer = _by_extension(path, WRITERS, "write")
    try:
        with whole_or_absent(path) as temporary:
            bare = table.copy(deep=False)
            bare.attrs = {}
            writer(bare, temporary)
    except OSError as error:
        raise BadInput(
            expected=f"a place to write {path}",
            found=error.strerror or str(error),
            fix="Free some space, or choose a folder that exists and that you may write to.",
        ) from error


def _by_extension(path: Path, known: dict[str, Callable[..., Frame]], verb: str) -> Callable[..., Frame]:
    extension = "".join(path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:]).lower()
    if extension not in known:
        near = get_close_matches(extension, known, n=1, cutoff=0.7)
        raise BadInput(
            expected=f"a file that fewfold can {verb}: {', '.join(known)}",
            found=repr(path.name),
            fix=f"Did you mean {near[0]}? Save it in that format." if near else "Save it in one of these formats.",
        )
    return known[extension]


def _check_there(path: Path) -> None:
    found = None
    if path.is_dir():
        found = f"a folder, {path}"
    elif not path.is_file():
        found = f"nothing at {path}"
    elif path.stat().st_size == 0:
        found = f"an empty file, {path}"
    if found:
        raise BadInput(expected="a file with a table", found=found, fix="Check the path.")
