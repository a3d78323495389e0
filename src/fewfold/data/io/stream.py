"""Many cohorts into one file, piece by piece, so that memory does not grow with the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.files import canonical_json, whole_or_absent
from fewfold.core.optional import require
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.io.conventions import MISSING, refuse_markers
from fewfold.data.io.parquet import to_arrow
from fewfold.data.provenance import ORIGIN, Record

METADATA = "fewfold"  # the key of a Parquet file's metadata under which the provenance lies, as JSON
Append = Callable[[Frame], None]


def write_stream(cohorts: Iterable[Cohort], path: str | Path) -> int:
    """Write cohorts of one schema one after the other to a .csv, .tsv or .parquet file; returns the number of rows.

    A column ``fewfold_origin`` says which rows are synthetic. A Parquet file also says in its metadata how they were
    made: method, version, parameters, and the seed of each piece. One piece is held at a time. The file is whole or
    absent: it takes its name once the last piece is written. Raises ``BadInput`` for another format, no piece at all,
    or a place that cannot hold the file.
    """
    path = Path(path)
    if path.suffix.lower() not in _SINKS:
        raise BadInput(
            expected=f"a file that can be written in pieces: {', '.join(_SINKS)}",
            found=repr(path.name),
            fix="Choose .parquet or .csv.",
        )
    try:
        return _written(cohorts, path)
    except OSError as error:
        raise BadInput(
            expected=f"a place to write {path}",
            found=error.strerror or str(error),
            fix="Free some space, or choose a folder that exists and that you may write to.",
        ) from error


def _written(cohorts: Iterable[Cohort], path: Path) -> int:
    rows, records = 0, list[Record]()
    with whole_or_absent(path) as temporary:
        with _SINKS[path.suffix.lower()](temporary, records) as append:
            for cohort in cohorts:
                append(_table(cohort))
                records.extend(cohort.provenance.records)
                rows += len(cohort)
        if not rows:
            raise BadInput(expected="at least one row to write", found="none", fix="Ask for 1 row or more.")
    return rows


def _table(cohort: Cohort) -> Frame:
    """The columns in types that do not depend on the values of one piece."""
    table = cohort.table.copy(deep=False)
    for variable in cohort.schema.variables:
        if variable.kind == "integer" and table[variable.name].dtype == np.float64:
            table[variable.name] = table[variable.name].astype("Int64")
    table[ORIGIN] = np.where(cohort.provenance.is_synthetic, "synthetic", "real")
    return table


@contextmanager
def _text(path: Path, records: list[Record], *, delimiter: str) -> Iterator[Append]:
    with path.open("w", encoding="utf-8", newline="") as stream:

        def append(table: Frame) -> None:
            refuse_markers(table, MISSING, path)
            table.to_csv(stream, sep=delimiter, index=False, header=stream.tell() == 0, lineterminator="\r\n")

        yield append


@contextmanager
def _parquet(path: Path, records: list[Record]) -> Iterator[Append]:
    parquet = require("pyarrow.parquet", extra="formats")
    writer: Any = None

    def append(table: Frame) -> None:
        nonlocal writer
        piece = to_arrow(table)
        if writer is None:
            writer = parquet.ParquetWriter(path, piece.schema)
        writer.write_table(piece)

    try:
        yield append
        if writer is not None:
            writer.add_key_value_metadata({METADATA: canonical_json(_made_by(records))})
    finally:
        if writer is not None:
            writer.close()


def _made_by(records: list[Record]) -> list[dict[str, Any]]:
    """Each method with its version, parameters and the seeds of its pieces."""
    made: list[dict[str, Any]] = []
    for record in records:
        same = {"method": record.method, "version": record.version, "params": dict(record.params)}
        same |= {"given": dict(record.given)} if record.given else {}
        if not made or {key: made[-1][key] for key in same} != same:
            made.append({**same, "seeds": []})
        made[-1]["seeds"].append(record.seed)
    return made


_SINKS: dict[str, Callable[[Path, list[Record]], AbstractContextManager[Append]]] = {
    ".csv": partial(_text, delimiter=","),
    ".tsv": partial(_text, delimiter="\t"),
    ".parquet": _parquet,
}
