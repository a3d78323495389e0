"""Numbers and dates that a file holds as text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fewfold.core.types import Frame

_MARKS = {  # decimal mark: numbers with it, thousands marked by the other mark or not at all
    ".": r"\s*[-+]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?\s*",
    ",": r"\s*[-+]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?\s*",
}
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_ISO = rf"\d{{4}}-\d{{2}}-\d{{2}}{_TIME}(?:Z|[-+]\d{{2}}:?\d{{2}})?"
_YEAR_FIRST = rf"\d{{4}}/\d{{1,2}}/\d{{1,2}}{_TIME}"
_DOTS = rf"\d{{1,2}}\.\d{{1,2}}\.\d{{4}}{_TIME}"
_SLASHES = rf"\d{{1,2}}([/-])\d{{1,2}}\1\d{{4}}{_TIME}"
_DAY_MONTH_NAME = r"\d{1,2}[- ]?[A-Za-z]{3,9}[-, ]*\d{4}"
_MONTH_NAME_DAY = r"[A-Za-z]{3,9} \d{1,2},? \d{4}"
_FAMILIES = (_ISO, _YEAR_FIRST, _DOTS, _SLASHES, _DAY_MONTH_NAME, _MONTH_NAME_DAY)


@dataclass(frozen=True)
class Dates:
    """``values``: datetime64[ns], NaT where a text is missing or no date of the column's form. ``ambiguous``:
    day and month cannot be told apart in any row, and all are NaT."""

    values: Frame
    ambiguous: bool = False


def parse_numbers(column: Frame) -> Frame:
    """float64, NaN where a value is missing or no number; decimal commas and marks of thousands are understood where
    the numbers of the column together leave no doubt (:func:`decimal_mark`)."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return column.astype("float64")
    values: Frame = pd.to_numeric(column, errors="coerce")
    values = values.astype("float64")
    failed = column.notna() & values.isna()
    if not failed.any():
        return values
    texts = column.dropna().astype(str)
    texts = texts[texts.str.fullmatch("|".join(f"(?:{form})" for form in _MARKS.values()))]
    decimal = decimal_mark(texts)
    if decimal:
        plain = texts.str.replace("," if decimal == "." else ".", "", regex=False).str.replace(",", ".", regex=False)
        values[texts.index] = pd.to_numeric(plain).astype("float64")
    return values


def decimal_mark(texts: Frame) -> str | None:
    """The decimal mark of texts that are all numbers: the comma in ``1.234,5`` and ``0,5``, the dot in ``1,234.5``.
    An empty text where dot and comma both could be it, as in ``1,234`` alone; None where not all are numbers."""
    fits = [mark for mark, form in _MARKS.items() if texts.str.fullmatch(form).all()]
    return (fits[0] if len(fits) == 1 else "") if fits else None


def parse_dates(column: Frame) -> Dates:
    """Dates from text: ISO 8601, year/month/day, day.month.year, names of months; day/month/year and month/day/year
    where a day above 12 tells which. Years have four digits. A time zone is brought to UTC."""
    given = column.dropna()
    texts = given.astype(str).str.strip()
    matches = [texts.str.fullmatch(family) for family in _FAMILIES]
    best = max(range(len(_FAMILIES)), key=lambda i: int(matches[i].sum()))
    family, texts = _FAMILIES[best], texts[matches[best]]
    ambiguous = False
    if family == _SLASHES:
        first, second = (texts.str.split(r"[/-]", regex=True).str[i].astype(int) for i in (0, 1))
        day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
        ambiguous = len(texts) > 0 and not day_first and not month_first and bool((first != second).any())
        parsed = _parse(texts.str.replace("/", "-"), "%d-%m-%Y" if day_first else "%m-%d-%Y")
    else:
        parsed = _parsed(family, texts)
    values = pd.Series(pd.NaT, index=column.index, dtype="datetime64[ns]")
    if not ambiguous:
        values[parsed.index] = parsed
    return Dates(values, ambiguous)


def _parsed(family: str, texts: Frame) -> Frame:
    if family == _YEAR_FIRST:
        return _parse(texts.str.replace("/", "-"), "%Y-%m-%d")
    if family == _DOTS:
        return _parse(texts.str.replace(".", "-", n=2, regex=False), "%d-%m-%Y")
    if family in (_DAY_MONTH_NAME, _MONTH_NAME_DAY):
        order = ("%d%b%Y", "%d%B%Y") if family == _DAY_MONTH_NAME else ("%b%d%Y", "%B%d%Y")
        plain = texts.str.replace(r"[-, ]", "", regex=True)
        short, long = (pd.to_datetime(plain, format=form, errors="coerce") for form in order)
        return short.fillna(long)
    stamps: Frame = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
    return stamps.dt.tz_localize(None).astype("datetime64[ns]")


def _parse(texts: Frame, day: str) -> Frame:
    """Texts of one form, with or without a time of day."""
    date = texts.str.extract(r"^([^T ]+)", expand=False)
    clock = texts.str.extract(r"[T ](.+)$", expand=False).fillna("00:00")
    clock = clock.where(clock.str.count(":") > 1, clock + ":00")
    return pd.to_datetime(date, format=day, errors="coerce") + pd.to_timedelta(clock, errors="coerce")
