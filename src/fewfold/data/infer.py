"""What the columns of a raw table probably are: a first schema for a person to correct.

The rules, in the order in which they are tried:

* no value at all, or one value only: role ``ignore``;
* a column of true/false, or of two whole numbers between -10 and 10, or of two texts: boolean;
* numbers, also when they are stored as text: steps of 1 or of 0.5 between 0 and 10 without a gap, at most ten of them
  and on average at least five rows each (stage 1 to 4; oedema 0, 0.5, 1): ordinal; other whole numbers: integer;
  other numbers: numeric;
* a span of time: duration, in days; so is the column named as ``time``;
* text of which at least 80 % are numbers, more than ten different ones: integer or numeric, so that the rest is refused
  and named when the table is conformed;
* dates, also when they are stored as text and the day can be told from the month: datetime;
* text with at most 20 different values, or 50 where each has ten rows on average: categorical; ordinal only where the
  order is known to all (none, mild, severe; I, II, III; grade 1, grade 2); other text: role ``ignore``.

Identifiers get role ``ignore``: whole numbers or texts that are different in every row and count through or are named
as identifiers, and columns so named whose values repeat; those may be the patient or the site, and a note says so.
The target never gets role ``ignore``, and its whole-number classes are taken to have no order.

Limits: ``low`` is 0 for a number that is never negative in at least ten rows, because next to all that is measured in
patients has that bound. Nothing else is filled in: the range of a sample is no limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Frame, Level
from fewfold.data.parse import decimal_mark, parse_dates, parse_numbers
from fewfold.data.provenance import ORIGIN
from fewfold.data.scales import event_level, known_order
from fewfold.data.schema import Role, Schema, Variable

_IDENTIFIER = re.compile(
    r"(?:^|[^a-z])(?:id|ids|mrn|pid|uid|subjid|usubjid|patient|subject|participant|record|case|family)(?:[^a-z]|$)"
)
_SITE = re.compile(r"(?:^|[^a-z])(?:inst|institution|sites?|cent(?:er|re)s?|hospitals?|clinics?)(?:[^a-z]|$)")
_VISIT = re.compile(r"(?:^|[^a-z])(?:visits?|obs|observation|occasion|wave|time ?points?|exam)(?:[^a-z]|$)")
_CODES_FOR_MISSING = frozenset({-1, -8, -9, -88, -99, -888, -999, -9999, 999, 9999, 99999})
_FEW = 10


@dataclass(frozen=True)
class Note:
    """Something that a person should know about a column, or about the table (``variable`` is None)."""

    variable: str | None
    text: str


@dataclass(frozen=True)
class Inferred:
    """A schema, and what to look at before it is trusted."""

    schema: Schema
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class _Guess:
    """What a column seems to be; ``reason`` says why it should be ignored."""

    kind: Any
    levels: tuple[Level, ...] | None = None
    unit: str | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()


def infer_schema(
    frame: Frame,
    *,
    target: str | None = None,
    subject: str | None = None,
    site: str | None = None,
    time: str | None = None,
    event: str | None = None,
) -> Inferred:
    """A schema for a raw table, by the rules above, and notes on every choice that a person should confirm.

    ``target``, ``subject``, ``site``, ``time`` (to the event) and ``event`` name the columns with those roles.
    Raises ``BadInput`` for a name that is no column, or one column with two roles.
    """
    asked: dict[Role, str | None] = {
        "target": target,
        "subject": subject,
        "site": site,
        "event_time": time,
        "event": event,
    }
    columns = frame.drop(columns=ORIGIN, errors="ignore")
    roles = _roles(asked, list(columns.columns))
    labels = frame.attrs.get("labels", {})
    variables, notes = [], list(_table_notes(columns))
    for name in columns.columns:
        variable, said = _variable(name, columns[name], roles.get(name), labels.get(name))
        variables.append(variable)
        notes.extend(Note(name, text) for text in said)
    notes.extend(_visits(columns, variables, subject))
    return Inferred(Schema(variables=tuple(variables)), tuple(notes))


def _visits(frame: Frame, variables: list[Variable], subject: str | None) -> Iterator[Note]:
    """Features that say which visit a row is: so named, or counting 1 to the number of rows in each patient."""
    if subject is None or not frame[subject].duplicated().any():
        return
    for variable in variables:
        if variable.role != "feature" or variable.kind not in ("integer", "ordinal", "numeric", "duration"):
            continue
        seen = parse_numbers(frame[variable.name]).groupby(frame[subject]).agg(["min", "max", "nunique", "size"])
        counts = bool(
            (seen["min"] == 1).all() and (seen["max"] == seen["size"]).all() and (seen["nunique"] == seen["size"]).all()
        )
        if counts or (_VISIT.search(_words(variable.name)) and (seen["nunique"] > 1).any()):
            text = 'it seems to say which visit a row is, and not what was found; if so, set role = "visit_time"'
            yield Note(variable.name, text)


def require_columns(names: list[str], known: list[str]) -> None:
    """Raise ``BadInput`` with near matches for a name that is no column."""
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3) or [k for k in known if k.lower() == name.lower()]
            raise BadInput(
                expected=f"one of the columns {', '.join(known)}",
                found=repr(name),
                fix=f"Did you mean {' or '.join(near)}?" if near else "Check the spelling, capitals included.",
            )


def _roles(asked: Mapping[Role, str | None], known: list[str]) -> dict[str, Role]:
    given = {role: name for role, name in asked.items() if name is not None}
    require_columns(list(given.values()), known)
    roles: dict[str, Role] = {}
    for role, name in given.items():
        if name in roles:
            raise BadInput(
                expected="one role for each column",
                found=f"{name!r} named as {roles[name]} and as {role}",
                fix="Name different columns; a target may be made from the event in a column of its own.",
            )
        roles[name] = role
    return roles


def _variable(name: str, column: Frame, role: Role | None, label: str | None) -> tuple[Variable, list[str]]:
    values = column.dropna()
    guess = _duration(values) if role == "event_time" else _guess(name, values, len(column))
    if role == "target" and guess.kind == "ordinal" and not isinstance((guess.levels or ("",))[0], str):
        guess = replace(guess, kind="categorical", notes=())  # classes, which have no order
    notes = list(guess.notes)
    levels, kind, positive = guess.levels, guess.kind, None
    if role is None and guess.reason is not None:
        notes.insert(0, f"ignored: {guess.reason}")
        role = "ignore"
    if role == "target":
        kind, levels, positive, said = _target(guess, values)
        notes.extend(said)
    if role in ("ignore", "subject", "site"):
        levels = None
    low = 0.0 if role in (None, "target", "event_time") and _never_negative(kind, values) else None
    variable = Variable(
        name=name,
        kind=kind,
        role=role or "feature",
        unit=guess.unit,
        low=low,
        levels=levels,
        positive=positive,
        label=label,
    )
    return variable, notes


def _target(guess: _Guess, values: Frame) -> tuple[Any, tuple[Level, ...] | None, Level | None, list[str]]:
    kind, levels = guess.kind, guess.levels
    if kind in ("categorical", "boolean") and not levels:  # a text that would be ignored, a constant
        levels = _levels_of(values) or ("missing in every row",)
    if levels is None or len(levels) != 2:
        return kind, levels, None, []
    counts = values.value_counts()
    positive = event_level(levels, [int(counts.get(level, 0)) for level in levels])
    return (
        kind,
        levels,
        positive,
        [f"the event is taken to be {positive!r}: set positive to the other level if it is not"],
    )


def _guess(name: str, values: Frame, n: int) -> _Guess:
    if values.empty:
        return _Guess("categorical", reason="no value in any row")
    if values.nunique() == 1:
        return _constant(values, n)
    if values.dtype == "category":
        return _category(values)
    kind = pd.api.types.infer_dtype(values)
    if kind == "boolean":
        return _Guess("boolean", (False, True))
    if kind in ("datetime64", "datetime", "date"):
        return _Guess("datetime")
    if kind in ("timedelta64", "timedelta"):
        return _duration(values)
    if kind in ("integer", "floating", "mixed-integer-float"):
        return _number(name, values, n)
    return _text(name, values, n)


def _constant(values: Frame, n: int) -> _Guess:
    value = values.iloc[0]
    if len(values) == n:
        return _Guess("categorical", reason=f"{value!s} in every row")
    return _Guess(
        "categorical", reason=f"{value!s} or nothing ({n - len(values)} rows are empty); if empty means no, write it so"
    )


def _category(values: Frame) -> _Guess:
    levels = tuple(level.item() if isinstance(level, np.generic) else level for level in values.cat.categories)
    texts = tuple(map(str, levels)) if not values.cat.ordered else None
    order = known_order(texts) if texts == levels else None
    if values.cat.ordered or order:
        return _Guess("ordinal", order or levels)
    return _Guess("boolean" if len(levels) == 2 else "categorical", levels)


def _duration(values: Frame) -> _Guess:
    return _Guess("duration", unit="d" if pd.api.types.infer_dtype(values).startswith("timedelta") else None)


def _number(name: str, values: Frame, n: int, *, stored: str | None = None) -> _Guess:
    numbers = values.astype(float)
    distinct = np.unique(numbers.to_numpy())
    whole = bool(np.all(distinct == np.round(distinct)))
    notes = [stored] if stored else []
    if whole and len(distinct) == 2 and np.abs(distinct).max() <= _FEW:
        return _Guess("boolean", tuple(int(value) for value in distinct), notes=tuple(notes))
    if _is_scale(distinct, len(numbers)):
        levels = tuple(int(value) if whole else float(value) for value in distinct)
        notes.append(
            f"{levels[0]:g} to {levels[-1]:g} is read as ordinal; say categorical if these are codes without order, "
            "integer if they count"
        )
        return _Guess("ordinal", levels, notes=tuple(notes))
    reason = _identifier(name, numbers, n) if whole else None
    code = _code_for_missing(distinct)
    if code is not None:
        notes.append(f"{code:g} may stand for a missing value; empty those cells if it does")
    return _Guess("integer" if whole else "numeric", reason=reason, notes=tuple(notes))


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


def _identifier(name: str, values: Frame, n: int) -> str | None:
    """Why a column of whole numbers or texts seems to identify rows, patients or sites; None where it does not."""
    distinct = values.nunique()
    words = _words(name)
    named = _IDENTIFIER.search(words) is not None
    if distinct == len(values) == n and n >= 10:
        through = values.dtype != object and values.max() - values.min() == n - 1
        return "a different value in every row, an identifier" if named or through else None
    if named and distinct >= 5:
        return (
            f"an identifier that repeats ({distinct} values in {len(values)} rows); if it names the patient, set role "
            f'= "subject" (--subject {name}), or rows of one patient will be on both sides of a split'
        )
    if _SITE.search(words) and distinct >= 3:
        return f'it seems to name a site ({distinct} of them); if so, set role = "site" (--site {name})'
    return None


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _text(name: str, values: Frame, n: int) -> _Guess:
    numbers = parse_numbers(values)
    padded = values.astype(str).str.fullmatch(r"0\d+").any()
    if numbers.notna().all() and not padded:
        return _number(name, numbers, n, stored=_stored(values))
    if decimal_mark(values.astype(str)) == "":
        both = f"{values.iloc[0]!s} and the like may have a decimal comma or a mark of thousands; write them without"
        return _Guess("categorical", reason=both)
    dates = parse_dates(values)
    if dates.ambiguous:
        return _Guess("datetime", reason="dates in which day and month cannot be told apart; write them as YYYY-MM-DD")
    if dates.values.notna().all():
        return _Guess("datetime", notes=("dates stored as text",))
    odd = _odd(values, numbers)
    if odd and numbers.nunique() > _FEW:
        whole = (numbers.dropna() == numbers.dropna().round()).all()
        return _Guess("integer" if whole else "numeric", notes=(odd,))
    reason = _identifier(name, values, n)
    distinct = values.nunique()
    if reason is None and (distinct > 50 or distinct > max(20, len(values) / 10) or distinct > max(2, len(values) / 2)):
        reason = f"free text or an identifier ({distinct} different values in {len(values)} rows)"
    if reason is not None:
        return _Guess("categorical", reason=reason)
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


def _levels(values: Frame, numbers: Frame) -> _Guess:
    levels = _levels_of(values)
    odd = _odd(values, numbers)
    notes = [odd] if odd else []
    alike = len({str(level).strip().lower() for level in levels})
    if alike < len(levels):
        notes.append("levels that differ in capitals or space only: make them one")
    order = known_order([str(level) for level in levels])
    if order:
        return _Guess("ordinal", order, notes=tuple(notes))
    return _Guess("boolean" if len(levels) == 2 else "categorical", levels, notes=tuple(notes))


def _odd(values: Frame, numbers: Frame) -> str | None:
    """What keeps a column from being one of numbers, where it is little."""
    texts = sorted({str(value) for value in values[numbers.isna()]})
    if not texts or numbers.isna().mean() >= 0.2:
        return None
    told = ", ".join(map(repr, texts[:5])) + (" and others" if len(texts) > 5 else "")
    return f"numbers but for {told}: correct or empty those cells"


def _levels_of(values: Frame) -> tuple[Level, ...]:
    found = values.unique().tolist()
    return tuple(sorted(found, key=lambda level: (isinstance(level, str), level)))


def _never_negative(kind: str, values: Frame) -> bool:
    if kind not in ("numeric", "integer", "duration") or len(values) < 10:
        return False
    if pd.api.types.infer_dtype(values).startswith("timedelta"):
        return bool((values >= pd.Timedelta(0)).all())
    return bool((parse_numbers(values).to_numpy() >= 0).all())


def _table_notes(frame: Frame) -> Iterator[Note]:
    n, width = frame.shape
    if frame.attrs.get("source"):
        yield Note(None, f"read as {frame.attrs['source']}")
    copies = int(frame.duplicated().sum())
    if copies:
        yield Note(None, f"{copies} rows are exact copies of an earlier row")
    if width > n:
        yield Note(None, f"{width} columns and only {n} rows: expect that little can be told")
