"""What the values of a column seem to be: its kind and levels, by the rules of :mod:`fewfold.data.infer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.types import Frame, Level
from fewfold.data.identifiers import identifier
from fewfold.data.parse import decimal_mark, parse_dates, parse_numbers
from fewfold.data.scales import known_order

_CODES_FOR_MISSING = frozenset({-1, -8, -9, -88, -99, -888, -999, -9999, 999, 9999, 99999})
_FEW = 10


@dataclass(frozen=True)
class Guess:
    """What a column seems to be. ``reason`` says why it should be ignored, ``faults`` what to correct in the file."""

    kind: Any
    levels: tuple[Level, ...] | None = None
    unit: str | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def guess_column(name: str, values: Frame, n: int) -> Guess:
    """The first rule that fits ``values``, those of column ``name`` that are there; the column has ``n`` rows."""
    if values.empty:
        return Guess("categorical", reason="no value in any row")
    if values.nunique() == 1:
        return _constant(values, n)
    if values.dtype == "category":
        return _category(values)
    kind = pd.api.types.infer_dtype(values)
    if kind == "boolean":
        return Guess("boolean", (False, True))
    if kind in ("datetime64", "datetime", "date"):
        return Guess("datetime")
    if kind in ("timedelta64", "timedelta"):
        return duration(values)
    if kind in ("integer", "floating", "mixed-integer-float"):
        return _number(name, values, n)
    return _text(name, values, n)


def _constant(values: Frame, n: int) -> Guess:
    value = values.iloc[0]
    if len(values) == n:
        return Guess("categorical", reason=f"{value!s} in every row")
    return Guess(
        "categorical", reason=f"{value!s} or nothing ({n - len(values)} rows are empty); if empty means no, write it so"
    )


def _category(values: Frame) -> Guess:
    levels = tuple(level.item() if isinstance(level, np.generic) else level for level in values.cat.categories)
    texts = tuple(map(str, levels)) if not values.cat.ordered else None
    order = known_order(texts) if texts == levels else None
    if values.cat.ordered or order:
        return Guess("ordinal", order or levels)
    return Guess("boolean" if len(levels) == 2 else "categorical", levels)


def duration(values: Frame) -> Guess:
    """A span of time; in days where it is stored as one."""
    return Guess("duration", unit="d" if pd.api.types.infer_dtype(values).startswith("timedelta") else None)


def _number(name: str, values: Frame, n: int, *, stored: str | None = None) -> Guess:
    numbers = values.astype(float)
    distinct = np.unique(numbers.to_numpy())
    whole = bool(np.all(distinct == np.round(distinct)))
    notes = [stored] if stored else []
    if whole and len(distinct) == 2 and np.abs(distinct).max() <= _FEW:
        return Guess("boolean", tuple(int(value) for value in distinct), notes=tuple(notes))
    if _is_scale(distinct, len(numbers)):
        levels = tuple(int(value) if whole else float(value) for value in distinct)
        notes.append(
            f"{levels[0]:g} to {levels[-1]:g} is read as ordinal; say categorical if these are codes without order, "
            "integer if they count"
        )
        return Guess("ordinal", levels, notes=tuple(notes))
    reason = identifier(name, numbers, n) if whole else None
    code = _code_for_missing(distinct)
    faults = () if code is None else (f"{code:g} may stand for a missing value; empty those cells if it does",)
    return Guess("integer" if whole else "numeric", reason=reason, notes=tuple(notes), faults=faults)


def _is_scale(distinct: Any, n: int) -> bool:
    steps = np.diff(distinct)
    few = 3 <= len(distinct) <= _FEW and n >= 5 * len(distinct)
    return bool(
        few and distinct[0] >= 0 and distinct[-1] <= _FEW and steps[0] in (0.5, 1.0) and np.all(steps == steps[0])
    )


def _code_for_missing(distinct: Any) -> float | None:
    low, high = float(distinct[0]), float(distinct[-1])
    if low in _CODES_FOR_MISSING and distinct[1] >= 0:
        return low
    return high if high in _CODES_FOR_MISSING and distinct[-2] < high / 5 else None


def _text(name: str, values: Frame, n: int) -> Guess:
    numbers = parse_numbers(values)
    padded = values.astype(str).str.fullmatch(r"0\d+").any()
    if numbers.notna().all() and not padded:
        return _number(name, numbers, n, stored=_stored(values))
    if decimal_mark(values.astype(str)) == "":
        both = f"{values.iloc[0]!s} and the like may have a decimal comma or a mark of thousands: write them without"
        return Guess("categorical", reason="numbers that can be read in two ways", faults=(both,))
    dates = parse_dates(values)
    if dates.ambiguous:
        told = "day and month cannot be told apart: write the dates as YYYY-MM-DD"
        return Guess("datetime", reason="dates that can be read in two ways", faults=(told,))
    if dates.values.notna().all():
        return Guess("datetime", notes=("dates stored as text",))
    odd = _odd(values, numbers)
    if odd and numbers.nunique() > _FEW:
        whole = (numbers.dropna() == numbers.dropna().round()).all()
        return Guess("integer" if whole else "numeric", faults=(odd,))
    reason = identifier(name, values, n)
    distinct = values.nunique()
    if reason is None and (distinct > 50 or distinct > max(20, len(values) / 10) or distinct > max(2, len(values) / 2)):
        reason = f"free text or an identifier ({distinct} different values in {len(values)} rows)"
    if reason is not None:
        return Guess("categorical", reason=reason)
    return _levels(values, numbers)


def _stored(values: Frame) -> str:
    """How a column of numbers is written that was read as text."""
    texts = values.astype(str)
    thousands = {".": ",", ",": "."}.get(decimal_mark(texts) or "")
    marked = texts[texts.str.contains(thousands, regex=False)] if thousands else texts[:0]
    if marked.empty:
        return "numbers stored as text"
    read = parse_numbers(texts)[marked.index[0]]
    return f"{thousands!r} is taken for a mark of thousands: {marked.iloc[0]} is read as {read:.15g}"


def _levels(values: Frame, numbers: Frame) -> Guess:
    levels = levels_of(values)
    faults = tuple(fault for fault in (_odd(values, numbers), _alike(values)) if fault)
    order = known_order([str(level) for level in levels])
    if order:
        return Guess("ordinal", order, faults=faults)
    return Guess("boolean" if len(levels) == 2 else "categorical", levels, faults=faults)


def _alike(values: Frame) -> str | None:
    """Which levels are one but for their spelling, with their rows."""
    counts = values.value_counts()
    spelt: dict[str, list[str]] = {}
    for level, n in counts.items():
        spelt.setdefault(" ".join(str(level).lower().split()), []).append(f"{level!r} ({n})")
    groups = [", ".join(same) for same in spelt.values() if len(same) > 1]
    if not groups:
        return None
    told = "; ".join(groups[:3]) + (f"; and {len(groups) - 3} more" if len(groups) > 3 else "")
    return f"{told} differ in capitals or space only and count as different levels: write them alike"


def _odd(values: Frame, numbers: Frame) -> str | None:
    """What keeps a column from being one of numbers, where it is little."""
    texts = sorted({str(value) for value in values[numbers.isna()]})
    if not texts or numbers.isna().mean() >= 0.2:
        return None
    told = ", ".join(map(repr, texts[:5])) + (" and others" if len(texts) > 5 else "")
    return f"numbers but for {told}: correct or empty those cells"


def levels_of(values: Frame) -> tuple[Level, ...]:
    """The different values, numbers first."""
    found = values.unique().tolist()
    return tuple(sorted(found, key=lambda level: (isinstance(level, str), level)))
