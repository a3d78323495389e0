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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Frame, Level
from fewfold.data.guess import Guess, duration, guess_column, levels_of
from fewfold.data.identifiers import visit_columns
from fewfold.data.parse import parse_numbers
from fewfold.data.provenance import ORIGIN
from fewfold.data.scales import event_level
from fewfold.data.schema import Role, Schema, Variable

MOST_NAMES = 20  # of columns in a message


@dataclass(frozen=True)
class Note:
    """Something that a person should know about a column, or about the table (``variable`` is None).

    ``in_file`` says that it asks for a correction in the file, and not in the schema.
    """

    variable: str | None
    text: str
    in_file: bool = False


@dataclass(frozen=True)
class Inferred:
    """A schema, and what to look at before it is trusted."""

    schema: Schema
    notes: tuple[Note, ...]


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
    roles = _roles(asked, columns)
    labels = frame.attrs.get("labels", {})
    variables, notes = [], list(_table_notes(columns))
    for name in columns.columns:
        variable, said = _variable(name, columns[name], roles.get(name), labels.get(name))
        variables.append(variable)
        notes.extend(said)
    text = 'it seems to say which visit a row is, and not what was found; if so, set role = "visit_time"'
    notes.extend(Note(name, text) for name in visit_columns(columns, variables, subject))
    return Inferred(Schema(variables=tuple(variables)), tuple(notes))


def require_columns(names: list[str], frame: Frame) -> None:
    """Raise ``BadInput`` for a name that is no column, with near matches, or the worksheet that has it."""
    known = list(map(str, frame.columns))
    for name in names:
        if name not in known:
            shown = ", ".join(known[:MOST_NAMES]) + (
                f" and {rest} more" if (rest := len(known) - MOST_NAMES) > 0 else ""
            )
            raise BadInput(expected=f"one of the columns {shown}", found=repr(name), fix=_where(name, known, frame))


def _where(name: str, known: list[str], frame: Frame) -> str:
    sheets = [sheet for sheet, names in frame.attrs.get("elsewhere", {}).items() if name in names]
    if sheets:
        return f"It is in the worksheet {sheets[0]!r}: make that the first one of the file, since one is read."
    near = get_close_matches(name, known, n=3) or [k for k in known if k.lower() == name.lower()]
    return f"Did you mean {' or '.join(near)}?" if near else "Check the spelling, capitals included."


def _roles(asked: Mapping[Role, str | None], frame: Frame) -> dict[str, Role]:
    given = {role: name for role, name in asked.items() if name is not None}
    require_columns(list(given.values()), frame)
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


def _variable(name: str, column: Frame, role: Role | None, label: str | None) -> tuple[Variable, list[Note]]:
    values = column.dropna()
    guess = duration(values) if role == "event_time" else guess_column(name, values, len(column))
    if role == "target" and guess.kind == "ordinal" and not isinstance((guess.levels or ("",))[0], str):
        guess = replace(guess, kind="categorical", notes=())  # classes, which have no order
    told = [] if role in ("subject", "site", "event_time", "event") else list(guess.notes)  # what is not modelled
    levels, kind, positive = guess.levels, guess.kind, None
    if role is None and guess.reason is not None:
        told.insert(0, f"ignored: {guess.reason}")
        role = "ignore"
    if role == "target":
        kind, levels, positive = _target(guess, values)
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
    notes = [*(Note(name, text) for text in told), *event_notes(name, positive)]
    return variable, notes + [Note(name, text, in_file=True) for text in guess.faults]


def _target(guess: Guess, values: Frame) -> tuple[Any, tuple[Level, ...] | None, Level | None]:
    kind, levels = guess.kind, guess.levels
    if kind in ("categorical", "boolean") and not levels:  # a text that would be ignored, a constant
        levels = levels_of(values) or ("missing in every row",)
    if levels is None or len(levels) != 2:
        return kind, levels, None
    counts = values.value_counts()
    return kind, levels, event_level(levels, [int(counts.get(level, 0)) for level in levels])


def event_notes(name: str, positive: Level | None) -> list[Note]:
    """What is said of the level that is taken for the event, where there is one."""
    if positive is None:
        return []
    return [Note(name, f"the event is taken to be {positive!r}: set positive to the other level if it is not")]


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
