"""The variables of a schema as TOML that a person reads and corrects, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

import numpy as np
from pydantic import ValidationError

from fewfold.core.errors import BadInput
from fewfold.core.types import Frame, Level
from fewfold.data.infer import Note
from fewfold.data.parse import parse_dates, parse_numbers
from fewfold.data.schema import Kind, Role, Rule, Schema, Variable

_HELP = f"""\
# One table for each column of the data, in the order of the file. Correct what is wrong; the comments are not read.
#   kind      {", ".join(get_args(Kind))}
#   role      {", ".join(get_args(Role))}
#             (feature where none is given; ignore keeps a column out of everything)
#   unit      a UCUM code: "mg/dL", "mmol/L", "a" (years), "d" (days), "%"
#   low, high the smallest and largest value that can be true (days since 1970 for a datetime), not those of this sample
#   levels    all levels, in their order for an ordinal
#   positive  the level of a two-level target that is the event
#   label     a name for people
"""
_RULE_HELP = """\
# Statements about records. Records with a missing value in a column that is named are not judged.
#   [[rules]]
#   name = "end after start"
#   require = "end >= start"     # comparisons joined by and, or, not; if ... then ...; awkward names in `backticks`
#   when = "status == 'ended'"   # optional: for these records only
#   severity = "hard"            # holds for every record; or "soft": holds at a rate
#   tolerance = 0.5              # optional: by how much numbers may miss
#   units = { weight = "kg" }    # optional: columns to be read in another unit than theirs
#   rate = [0.75, 1]             # optional: the share that meets a soft rule; where none is given, that of real records
#   source = "..."               # optional: where the rule comes from
"""
_DEFAULTS: dict[str, object] = {"role": "feature", "severity": "hard", "units": {}}


def dump_variables(schema: Schema, notes: Iterable[Note] = (), frame: Frame | None = None) -> str:
    """TOML with one ``[variables."name"]`` table a column and one ``[[rules]]`` entry a rule.

    Comments say what is allowed, the notes and, where the ``frame`` is given, what was seen in each column.
    """
    notes = list(notes)
    lines = [*_HELP.splitlines(), *_comments(note.text for note in notes if note.variable is None), ""]
    for variable in schema.variables:
        if frame is not None:
            lines.extend(_comments([_seen(frame[variable.name])]))
        lines.extend(_comments(note.text for note in notes if note.variable == variable.name))
        lines.append(f"[variables.{_text(variable.name)}]")
        lines.extend([*_fields(variable, skip="name"), ""])
    lines.extend(_RULE_HELP.splitlines())
    for rule in schema.rules:
        lines.extend(["", *rule_lines(rule)])
    return "\n".join(lines) + "\n"


def rule_lines(rule: Rule) -> list[str]:
    """One ``[[rules]]`` entry."""
    return ["[[rules]]", *_fields(rule)]


def parse_variables(mapping: Mapping[str, Any]) -> Schema:
    """The schema in the ``variables`` and ``rules`` of parsed TOML; other keys of ``mapping`` are not looked at.

    Raises ``BadInput`` naming the variable and the field for anything that a schema cannot hold.
    """
    tables = mapping.get("variables")
    if not isinstance(tables, Mapping) or not tables:
        raise BadInput(
            expected='a [variables."name"] table for each column',
            found="none" if not tables else repr(tables)[:80],
            fix="`fewfold init` writes them.",
        )
    rules = mapping.get("rules", [])
    if not isinstance(rules, list):
        raise BadInput(expected="[[rules]] entries", found=repr(rules)[:80], fix="Write [[rules]] with two brackets.")
    variables = tuple(_variable(name, table) for name, table in tables.items())
    made = tuple(_rule(position, table) for position, table in enumerate(rules, start=1))
    try:
        return Schema(variables=variables, rules=made)
    except ValidationError as error:
        raise _bad("the variables", error) from error


def _variable(name: str, table: Any) -> Variable:
    what = f"variable {name!r}"
    fields = _checked(what, table, set(Variable.model_fields) - {"name"})
    for field, allowed in (("kind", get_args(Kind)), ("role", get_args(Role))):
        if field in fields or field == "kind":
            _one_of(f"a {field} of {what}", fields.get(field), allowed)
    if "levels" in fields and isinstance(fields["levels"], list):
        fields["levels"] = tuple(fields["levels"])
    try:
        return Variable(name=name, **fields)
    except ValidationError as error:
        raise _bad(what, error) from error


def _rule(position: int, table: Any) -> Rule:
    what = f"rule {position}"
    fields = _checked(what, table, set(Rule.model_fields))
    try:
        return Rule(**fields)
    except ValidationError as error:
        raise _bad(what, error) from error


def _checked(what: str, table: Any, known: Collection[str]) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise BadInput(
            expected=f"a table with the fields of {what}", found=repr(table)[:80], fix="See the comments on top."
        )
    for field in table:
        _one_of(f"a field of {what}", field, known)
    return dict(table)


def _one_of(what: str, found: Any, known: Collection[str]) -> None:
    if isinstance(found, str) and found in known:
        return
    near = get_close_matches(str(found), known, n=2)
    raise BadInput(
        expected=f"{what}: one of {', '.join(sorted(known))}",
        found="none" if found is None else repr(found),
        fix=f"Did you mean {' or '.join(map(repr, near))}?" if near else "Choose one of these.",
    )


def _bad(what: str, error: ValidationError) -> BadInput:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    message = first["msg"].removeprefix("Value error, ")
    found = message if not field else f"{field} = {first['input']!r} ({message[:1].lower()}{message[1:]})"
    return BadInput(expected=f"valid fields in {what}", found=found, fix="Correct it in the file.")


def _fields(model: Variable | Rule, *, skip: str = "") -> Iterator[str]:
    for field in type(model).model_fields:
        value = getattr(model, field)
        if field != skip and value is not None and value != _DEFAULTS.get(field):
            whole = field in ("low", "high") and abs(value) < 2**53 and value.is_integer()
            yield f"{field} = {int(value) if whole else _value(value)}"


def _value(value: Level | tuple[Level, ...] | dict[str, str]) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_text(key)} = {_text(item)}' for key, item in value.items())} }}"
    if isinstance(value, tuple):
        return f"[{', '.join(_value(level) for level in value)}]"
    if isinstance(value, str):
        return _text(value)
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _text(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for the one control character that JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comments(texts: Iterable[str]) -> list[str]:
    return ["# " + re.sub(r"[\x00-\x1f\x7f]+", " ", text) for text in texts]


def _seen(column: Frame) -> str:
    """What was seen: rows without a value, and a range, dates or the commonest levels."""
    values = column.dropna()
    missing = f"{len(column) - len(values)} of {len(column)} missing" if len(values) < len(column) else "none missing"
    if values.empty:
        return "all missing"
    if values.dtype.kind in "iuf" and len(distinct := np.unique(values.to_numpy())) > 6:
        return f"{missing}; {_short(distinct[0])} to {_short(distinct[-1])}, {len(distinct)} different values"
    counts = values.value_counts()
    if len(counts) <= 6:
        return f"{missing}; " + ", ".join(f"{_short(level)} ({count})" for level, count in counts.items() if count)
    numbers = parse_numbers(values) if values.dtype.kind not in "Mm" else None
    ordered = numbers if numbers is not None and numbers.notna().all() else _stamps(values)
    if ordered is not None:
        return f"{missing}; {_short(ordered.min())} to {_short(ordered.max())}, {len(counts)} different values"
    return f"{missing}; {len(counts)} different values, such as {_short(counts.index[0])}"


def _stamps(values: Frame) -> Frame | None:
    if values.dtype.kind in "Mm":
        return values
    dates = parse_dates(values.astype(object)).values
    return dates.dt.date if dates.notna().all() else None


def _short(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
