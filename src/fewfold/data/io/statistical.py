"""Files of Stata (.dta), SPSS (.sav) and SAS (.sas7bdat, .xpt), through pyreadstat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.core.types import Frame
from fewfold.data.io.conventions import ROW, check_names, damaged, refuse_markers

_READERS = {".dta": "read_dta", ".sav": "read_sav", ".sas7bdat": "read_sas7bdat", ".xpt": "read_xport"}
_WRITERS = {".dta": "write_dta", ".sav": "write_sav"}
_PRODUCT = {".dta": "a Stata file", ".sav": "an SPSS file", ".sas7bdat": "a SAS file", ".xpt": "a SAS transport file"}


def read(path: Path) -> Frame:
    """A file with its value labels as levels where every value has one, and its column labels in ``attrs['labels']``.

    User-defined missing values are missing.
    """
    pyreadstat = require("pyreadstat", extra="formats")
    kind = path.suffix.lower()
    try:
        raw, meta = getattr(pyreadstat, _READERS[kind])(str(path))
    except Exception as error:  # pyreadstat raises many kinds, bare Exception among them
        raise damaged(path, _PRODUCT[kind], error) from error
    labels = getattr(meta, "variable_value_labels", None) or {}
    names = check_names(list(raw.columns), path)
    frame = pd.DataFrame(
        {name: _column(raw[old], labels.get(old, {})) for name, old in zip(names, raw.columns, strict=True)},
    )
    frame.index = pd.RangeIndex(1, len(frame) + 1, name=ROW)
    described = getattr(meta, "column_names_to_labels", None) or {}
    frame.attrs["labels"] = {name: text for name, text in described.items() if text and name in names}
    frame.attrs["source"] = _PRODUCT[kind]
    return frame


def _column(column: Frame, labels: Mapping[Any, str]) -> Frame:
    if column.dtype == object:
        column = column.where(column.notna() & (column != ""), None)
        if pd.api.types.infer_dtype(column, skipna=True) in ("date", "datetime", "datetime64"):
            return pd.to_datetime(column, errors="coerce")
    texts = [text for _, text in sorted(labels.items(), key=lambda item: (isinstance(item[0], str), item[0]))]
    labelled = labels and len(set(texts)) == len(texts) and column.dropna().isin(list(labels)).all()
    return column.map(labels).astype(pd.CategoricalDtype(texts)) if labelled else column


def write(table: Frame, path: Path) -> None:
    """Levels that are numbers stay numbers; other levels become codes 1, 2, ... with value labels, so order is kept."""
    pyreadstat = require("pyreadstat", extra="formats")
    refuse_markers(table, ("",), path)
    columns, labels = {}, {}
    for name in table.columns:
        columns[name], coded = _codes(table[name])
        if coded:
            labels[name] = coded
    try:
        writer: Callable[..., None] = getattr(pyreadstat, _WRITERS[path.suffix.lower()])
        writer(pd.DataFrame(columns, index=table.index), str(path), variable_value_labels=labels)
    except OSError:
        raise
    except Exception as error:  # as above; it says which name or value the format cannot hold
        if "Unable to write" in str(error):  # its words for a full disk
            raise OSError(str(error)) from error
        raise BadInput(
            expected=f"a table that fits {_PRODUCT[path.suffix.lower()]}",
            found=" ".join(str(error).split())[:200],
            fix="Shorten or change that name or value, or write .parquet.",
        ) from error


def _codes(column: Frame) -> tuple[Frame, dict[int, str]]:
    if column.dtype != "category":
        return (column.astype(np.float64) if pd.api.types.is_extension_array_dtype(column) else column), {}
    levels = column.cat.categories
    if levels.inferred_type in ("integer", "floating", "mixed-integer-float"):
        return column.astype(np.float64), {}
    codes = column.cat.codes.astype(np.float64) + 1
    return codes.where(codes > 0), {code: str(level) for code, level in enumerate(levels, start=1)}
