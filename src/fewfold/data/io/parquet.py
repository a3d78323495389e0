"""Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.core.types import Frame
from fewfold.data.io.conventions import ROW, check_names, damaged


def read(path: Path) -> Frame:
    """All columns, an index that was stored under a name included; dictionaries become categories."""
    arrow, parquet = require("pyarrow", extra="formats"), require("pyarrow.parquet", extra="formats")
    try:
        table = parquet.read_table(path)
    except (arrow.ArrowException, OSError) as error:
        raise damaged(path, "a Parquet file", error) from error
    nested = [field.name for field in table.schema if arrow.types.is_nested(field.type)]
    if nested:
        raise BadInput(
            expected=f"one value in each cell of {path.name}",
            found=f"lists or records in column {', '.join(map(repr, nested))}",
            fix="Spread them over columns of their own.",
        )
    names = check_names(table.column_names, path)
    unnamed_index = [i for i, name in enumerate(names) if name.startswith("__index_level_")]
    kept = [i for i in range(len(names)) if i not in unnamed_index]
    # ignore_metadata: an index that the writer set is a column like others (a patient's number, most often)
    frame = table.select(kept).to_pandas(ignore_metadata=True, date_as_object=False)
    frame.columns = [names[i] for i in kept]
    frame.index = pd.RangeIndex(1, len(frame) + 1, name=ROW)
    frame.attrs["source"] = "Parquet"
    return frame


def write(table: Frame, path: Path) -> None:
    """Categories become dictionaries; true and false are kept as such."""
    require("pyarrow.parquet", extra="formats").write_table(to_arrow(table), path)


def to_arrow(table: Frame) -> Any:
    """The table as an Arrow table, without its index."""
    arrow = require("pyarrow", extra="formats")
    plain = {name: _plain(table[name]) for name in table.columns}
    try:
        return arrow.Table.from_pandas(pd.DataFrame(plain, index=table.index), preserve_index=False)
    except arrow.ArrowException as error:
        raise BadInput(
            expected="columns of one type each, which is what Parquet holds",
            found=" ".join(str(error).split())[:200],
            fix="Give the levels of each variable one type in the schema.",
        ) from error


def _plain(column: Frame) -> Frame:
    if column.dtype == "category" and column.cat.categories.inferred_type == "boolean":
        return column.astype("boolean")
    return column
