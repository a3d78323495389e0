"""One raw column to the dtype that its variable asks for, or an error that names the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Frame, Level
from fewfold.data.parse import parse_dates, parse_numbers
from fewfold.data.schema import Variable

KEPT_AS_READ = ("subject", "site", "ignore")
LARGEST = 1e150  # of what can be squared and summed
_SECONDS: Mapping[str, float] = MappingProxyType({"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "wk": 604_800.0})


def convert(column: Frame, variable: Variable, *, strict: bool = True) -> tuple[Frame, int]:
    """The column in its variable's dtype, and how many values were set to missing because they are no level.

    The index of ``column`` holds row numbers for messages. Not ``strict``: unknown levels become missing, and whole
    numbers need not be whole. Raises ``BadInput`` for what cannot be converted, and for infinite numbers.
    """
    if variable.role in KEPT_AS_READ:
        return _as_read(column, variable), 0
    if variable.discrete:
        return _levels(column, variable, strict=strict)
    if variable.kind == "datetime":
        return _dates(column, variable), 0
    return _numbers(column, variable, strict=strict), 0


def told_rows(column: Frame, hit: Frame, *, most: int = 5) -> str:
    """``'x' in row 3, 'y' in row 9 and 4 more``."""
    hits = column[hit]
    told = ", ".join(f"{value!r} in row {row}" for row, value in hits.iloc[:most].astype(object).items())
    return told + (f" and {len(hits) - most} more" if len(hits) > most else "")


def _as_read(column: Frame, variable: Variable) -> Frame:
    whole = column.dtype.kind == "f" and variable.role != "ignore" and np.isfinite(column).all()
    return column.astype(np.int64) if whole and (column == column.round()).all() else column


def _numbers(column: Frame, variable: Variable, *, strict: bool) -> Frame:
    if (
        column.dtype.kind == "f"
        and (variable.kind != "integer" or not strict)
        and not (np.abs(column.to_numpy()) > LARGEST).any()
    ):
        return column.astype(np.float64)
    if column.dtype.kind == "m":
        return column.dt.total_seconds() / _SECONDS.get(variable.unit or "d", _SECONDS["d"])
    raw = column.astype(object) if column.dtype == "category" else column
    dated = column.dtype.kind == "M"
    values: Frame = pd.Series(np.nan, index=raw.index) if dated else parse_numbers(raw)
    failed = raw.notna() & values.isna()
    if failed.any():
        raise BadInput(
            expected=f"numbers in column {variable.name!r} ({variable.kind})",
            found=told_rows(raw, failed),
            fix="Correct or empty those cells, or change the kind of the variable.",
        )
    if (values.abs() > LARGEST).any():
        raise BadInput(
            expected=f"finite numbers in column {variable.name!r}, none beyond {LARGEST:g}",
            found=told_rows(raw, values.abs() > LARGEST),
            fix="Correct those cells, or empty them where the value is not known.",
        )
    broken = values.notna() & (values != values.round())
    if strict and variable.kind == "integer" and broken.any():
        raise BadInput(
            expected=f"whole numbers in column {variable.name!r} (integer)",
            found=told_rows(values, broken),
            fix='Correct those cells, or say kind = "numeric".',
        )
    return values.astype(np.float64)


def _dates(column: Frame, variable: Variable) -> Frame:
    try:
        values = _parsed_dates(column)
    except pd.errors.OutOfBoundsDatetime:
        values = pd.Series(pd.NaT, index=column.index, dtype="datetime64[ns]")
    if values is None:
        problem = "dates in which day and month cannot be told apart, or that are no dates: "
        values = pd.Series(pd.NaT, index=column.index, dtype="datetime64[ns]")
    else:
        problem = ""
    failed = column.notna() & values.isna()
    if failed.any():
        raise BadInput(
            expected=f"dates from 1678 to 2261 in column {variable.name!r}",
            found=problem + told_rows(column, failed),
            fix="Write dates as YYYY-MM-DD, and leave a cell empty where the date is not known.",
        )
    return values


def _parsed_dates(column: Frame) -> Frame | None:
    if column.dtype.kind == "M":
        naive = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
        return naive.astype("datetime64[ns]")
    if column.dtype.kind in "iufb":
        return None
    dates = parse_dates(column.astype(object))
    return None if dates.ambiguous else dates.values


def _levels(column: Frame, variable: Variable, *, strict: bool) -> tuple[Frame, int]:
    codes, found = pd.factorize(column.astype(object), use_na_sentinel=True)
    levels = variable.levels or tuple(sorted(found.tolist(), key=lambda value: (isinstance(value, str), value)))
    match = level_matcher(levels)
    positions = np.array([*(match(value) for value in found), -1], dtype=np.int64)
    unknown = (codes >= 0) & (positions[codes] < 0)
    if strict and unknown.any():
        _refuse(column, unknown, variable.name, levels)
    dtype = pd.CategoricalDtype(list(levels), ordered=variable.kind == "ordinal")
    values = pd.Series(pd.Categorical.from_codes(positions[codes], dtype=dtype), index=column.index)
    return values, int(unknown.sum())


def _refuse(column: Frame, unknown: Frame, name: str, levels: tuple[Level, ...]) -> None:
    texts = [str(level) for level in levels]
    first = str(column[unknown].iloc[0])
    near = get_close_matches(first, texts, n=1) or [text for text in texts if text.lower() == first.strip().lower()]
    raise BadInput(
        expected=f"one of the levels {', '.join(map(repr, levels))} in column {name!r}",
        found=told_rows(column, unknown),
        fix=(f"Did you mean {near[0]!r}? " if near else "")
        + "Correct those cells, or add the level to the variable's levels.",
    )


def level_matcher(levels: Sequence[Level]) -> Callable[[Any], int]:
    """A function from a raw value to the position of its level, -1 where it is none.

    A file does not keep types: 1, 1.0, "1" and true are one level where no two levels are so written.
    """
    exact = {(type(level), level): i for i, level in enumerate(levels)}
    texts = _once([str(level) for level in levels])
    numbers = _once([_number(level) for level in levels])

    def match(raw: Any) -> int:
        value = raw.item() if isinstance(raw, np.generic) else raw
        if (type(value), value) in exact:
            return exact[type(value), value]
        if str(value) in texts:
            return texts[str(value)]
        return numbers.get(_number(value), -1)

    return match


def _once(keys: list[Any]) -> dict[Any, int]:
    counts = Counter(keys)
    return {key: i for i, key in enumerate(keys) if key is not None and counts[key] == 1}


def _number(value: Any) -> float | None:
    """The number that a value is or says: 1, "1", "01", true, "TRUE"."""
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
