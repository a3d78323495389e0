"""A REDCap export with its data dictionary (both CSV): what the dictionary says goes before what the values suggest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Frame, Level
from fewfold.data.cohort import Cohort
from fewfold.data.columns import level_matcher, told_rows
from fewfold.data.conform import conform
from fewfold.data.infer import Inferred, Note, event_notes, infer_schema
from fewfold.data.io.table import read_frame
from fewfold.data.io.units import ucum
from fewfold.data.scales import event_level, known_order
from fewfold.data.schema import Schema, Variable

_ALIASES = {
    "variable_field_name": "field_name",
    "choices_calculations_or_slider_labels": "select_choices_or_calculations",
}
_BOOLEAN = {"yesno": ("No", "Yes"), "truefalse": ("False", "True"), "checkbox": ("Unchecked", "Checked")}
_ADMINISTRATIVE = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_survey_identifier",
)
_SITE = "redcap_data_access_group"
_UNMODELLED = {"notes": "notes, free text", "file": "a file name", "descriptive": "a text of the form"}
_NO_NUMBER = ("time", "email", "phone", "zipcode", "postalcode", "ssn", "mrn", "alpha", "vmrn")


@dataclass(frozen=True)
class _Field:
    """A field of the dictionary."""

    name: str
    form: str
    type: str
    label: str
    choices: tuple[tuple[str, str], ...]
    unit: str | None
    validation: str
    low: float | None
    high: float | None
    identifier: bool


def read_redcap(
    data: str | Path,
    dictionary: str | Path,
    *,
    target: str | None = None,
    subject: str | None = None,
    site: str | None = None,
    time: str | None = None,
    event: str | None = None,
) -> Cohort:
    """A cohort from a REDCap export; rows of one record (events, repeating instruments) belong to one patient.

    Raises ``BadInput`` for a dictionary or an export that is none, and values that are no choice of their field.
    """
    roles = {"target": target, "subject": subject, "site": site, "time": time, "event": event}
    frame = read_frame(data)
    return conform(frame, infer_redcap(frame, dictionary, **roles).schema)


def infer_redcap(
    frame: Frame,
    dictionary: str | Path,
    *,
    target: str | None = None,
    subject: str | None = None,
    site: str | None = None,
    time: str | None = None,
    event: str | None = None,
) -> Inferred:
    """A schema for an export as :func:`read_frame` read it, and notes.

    Kinds, levels, labels, limits and units come from the dictionary; a text field without validation is inferred from
    its values. Levels are written as in the export (codes in a raw one, texts in a labelled one), so that the file and
    the schema suffice. The record's number is the patient, the data access group the site, unless others are named;
    identifiers, notes and administrative columns get role ``ignore``.
    """
    fields = _fields(Path(dictionary))
    record = next(iter(fields))
    if record not in frame.columns:
        raise BadInput(
            expected=f"the record's number {record!r}, the first field of the dictionary, among the columns",
            found=", ".join(map(str, frame.columns[:8])),
            fix="Export with the names of variables in the header (raw or labelled values, not labelled headers).",
        )
    if site is None and _SITE in frame.columns and frame[_SITE].notna().any():
        site = _SITE
    base = infer_schema(frame, target=target, subject=subject or record, site=site, time=time, event=event)
    notes = {note.variable: [n for n in base.notes if n.variable == note.variable] for note in base.notes}
    variables = []
    for variable in base.schema.variables:
        variable, said = _described(variable, notes.get(variable.name, []), frame[variable.name], fields)
        notes[variable.name] = said
        variables.append(variable)
    repeats = len(frame) - frame[subject or record].nunique()
    if repeats:
        notes.setdefault(None, []).append(Note(None, f"{repeats} rows belong to a record that has another row"))
    order = [None, *base.schema.names]
    return Inferred(Schema(variables=tuple(variables)), tuple(note for name in order for note in notes.get(name, [])))


def _fields(path: Path) -> dict[str, _Field]:
    frame = read_frame(path)
    keys = [re.sub(r"[^a-z]+", "_", str(name).lower()).strip("_") for name in frame.columns]
    frame.columns = [_ALIASES.get(key, key) for key in keys]
    absent = {"field_name", "field_type"} - set(frame.columns)
    if absent:
        raise BadInput(
            expected=f"a REDCap data dictionary in {path.name}",
            found=f"no column {' or '.join(sorted(absent))}",
            fix="Download it in REDCap under Project Setup, Data Dictionary.",
        )
    rows = frame.astype(object).where(frame.notna(), "").astype(str).to_dict("records")
    return {row["field_name"].strip(): _field({key: value.strip() for key, value in row.items()}) for row in rows}


def _field(row: Mapping[str, str]) -> _Field:
    pairs = [choice.split(",", 1) for choice in row.get("select_choices_or_calculations", "").split("|")]
    choices = tuple((pair[0].strip(), _plain(pair[1])) for pair in pairs if len(pair) == 2)
    kind = row["field_type"].lower()
    return _Field(
        row["field_name"],
        row.get("form_name", ""),
        kind,
        _plain(row.get("field_label", "")),
        choices if kind in ("radio", "dropdown", "checkbox") else (),
        ucum(row.get("field_note", "")),
        row.get("text_validation_type_or_show_slider_number", "").lower(),
        _limit(row.get("text_validation_min", "")),
        _limit(row.get("text_validation_max", "")),
        row.get("identifier", "").lower() in ("y", "yes", "1", "1.0", "true"),
    )


def _plain(text: str) -> str:
    """Text without the mark-up that REDCap allows in labels."""
    return " ".join(re.sub(r"<[^<>]*>", " ", text).split())


def _limit(text: str) -> float | None:
    """A number, or a date as days since 1970; None for "today" and references to other fields."""
    try:
        return float(text)
    except ValueError:
        pass
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    return float((pd.Timestamp(text) - pd.Timestamp(0)) / pd.Timedelta(days=1))


def _described(
    variable: Variable, notes: list[Note], column: Frame, fields: Mapping[str, _Field]
) -> tuple[Variable, list[Note]]:
    """The variable and its notes as the dictionary has it, or as they are where the values have the last word."""
    if variable.role in ("subject", "site", "event_time"):
        return variable, notes
    field, _, code = variable.name.partition("___")
    known = fields.get(field if code else variable.name) or fields.get(variable.name)
    reason = _administrative(variable.name, fields) if known is None else _withheld(known)
    if reason and variable.role != "target":
        ignored = Variable(name=variable.name, kind="categorical", role="ignore")
        return ignored, [Note(variable.name, f"ignored: {reason}")]
    empty = variable.role == "ignore" and column.nunique() < 2
    if known is None or empty:
        return variable, notes
    label = known.label
    if code:
        label = f"{label}: {dict(known.choices).get(code, code)}"
    return _typed(variable, notes, column, known, label)


def _administrative(name: str, fields: Mapping[str, _Field]) -> str | None:
    forms = {field.form for field in fields.values()}
    if name in _ADMINISTRATIVE or name == _SITE:
        return "kept by REDCap"
    stem = re.sub(r"_(complete|timestamp)$", "", name)
    return "the state of a form" if stem != name and stem in forms else None


def _withheld(field: _Field) -> str | None:
    if field.identifier:
        return "marked as an identifier in the dictionary"
    if field.type == "text" and field.validation.startswith(_NO_NUMBER):
        return f"{field.validation}, which is not modelled"
    return _UNMODELLED.get(field.type)


def _typed(
    variable: Variable, notes: list[Note], column: Frame, field: _Field, label: str
) -> tuple[Variable, list[Note]]:
    """Kind, levels and limits of the field. What was noted of the kind that the values suggest no longer holds where
    the field has one; what is to be corrected in the file does."""
    role = "feature" if variable.role == "ignore" else variable.role
    fixed: dict[str, Any] = {"name": variable.name, "role": role, "label": label or None}
    faults = [note for note in notes if note.in_file]
    if field.choices or field.type in _BOOLEAN:
        kind, levels, coded = _levels(column, field)
        if coded:
            fixed["label"] = f"{label} ({coded})"
        if role == "target":
            counts = column.value_counts()
            match = level_matcher(levels)
            seen = {match(value): int(count) for value, count in counts.items()}
            levels = tuple(level for i, level in enumerate(levels) if i in seen)
            kind = "boolean" if len(levels) == 2 else kind
            fixed["positive"] = event_level(levels, [seen[i] for i in sorted(seen)]) if len(levels) == 2 else None
            faults += event_notes(variable.name, fixed["positive"])
        return Variable(kind=kind, levels=levels, **fixed), faults
    kind = _kind(field)
    if kind is None:
        unit = field.unit or variable.unit
        return Variable(**{**variable.model_dump(), "label": label or None, "unit": unit}), notes
    return Variable(kind=kind, unit=field.unit, low=field.low, high=field.high, **fixed), faults


def _kind(field: _Field) -> Any:
    if field.validation.startswith(("date_", "datetime_")):
        return "datetime"
    if field.validation.startswith("integer") or field.type == "slider":
        return "integer"
    return "numeric" if field.validation.startswith("number") or field.type == "calc" else None


def _levels(column: Frame, field: _Field) -> tuple[Any, tuple[Level, ...], str]:
    """Kind, levels as the export writes them, and for codes what they mean."""
    two = _BOOLEAN.get(field.type)
    choices = (("0", two[0]), ("1", two[1])) if two else field.choices
    codes, texts = zip(*choices, strict=True)
    order = known_order(texts)
    if order:
        by_text = {text: code for code, text in choices}
        texts, codes = order, tuple(by_text[text] for text in order)
    whole = all(re.fullmatch(r"-?(?:0|[1-9]\d*)", code) for code in codes)
    raw: tuple[Level, ...] = tuple(int(code) for code in codes) if whole else codes
    kind = "ordinal" if order else "boolean" if len(codes) == 2 else "categorical"
    values = column.dropna().unique()
    written = next((levels for levels in (raw, texts) if all(level_matcher(levels)(v) >= 0 for v in values)), None)
    if written is None:
        match = level_matcher(raw)
        raise BadInput(
            expected=f"choices of the field {field.name!r}: {', '.join(f'{c} {t}' for c, t in choices)}",
            found=told_rows(column, column.notna() & (column.map(match, na_action="ignore") == -1)),
            fix="Export the data and the dictionary on the same day, or correct those values.",
        )
    coded = ", ".join(f"{c} {t}" for c, t in zip(codes, texts, strict=True)) if written is raw and two is None else ""
    return kind, written, coded
