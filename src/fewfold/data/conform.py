"""From a raw table and a schema to a cohort: the dtypes that the schema asks for, and nothing wrong let through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.faults import Faults
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.columns import convert
from fewfold.data.infer import Note
from fewfold.data.io.conventions import check_names
from fewfold.data.provenance import ORIGIN, Provenance, Record
from fewfold.data.schema import Schema, Variable


@dataclass(frozen=True)
class Conformed:
    """A cohort, what was done to make it one, and per column how many values were set to missing as unknown levels."""

    cohort: Cohort
    notes: tuple[Note, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)


def conform(
    frame: Frame,
    schema: Schema,
    *,
    unknown_levels: Literal["error", "missing"] = "error",
    drop_missing_target: bool = False,
    several_classes: bool = False,
    check_target: bool = True,
) -> Cohort:
    """The cohort of :func:`conform_noted`, without its notes."""
    return conform_noted(
        frame,
        schema,
        unknown_levels=unknown_levels,
        drop_missing_target=drop_missing_target,
        several_classes=several_classes,
        check_target=check_target,
    ).cohort


def conform_noted(
    frame: Frame,
    schema: Schema,
    *,
    unknown_levels: Literal["error", "missing"] = "error",
    drop_missing_target: bool = False,
    several_classes: bool = False,
    check_target: bool = True,
) -> Conformed:
    """A raw table as a cohort of ``schema``; the index of ``frame`` gives the row numbers in messages.

    Columns come into the order of the schema. Missing values are kept, but for two facts of a patient, the class of the
    target and the site: where one row of a patient says it and another is empty, it is filled in and noted.
    A column ``fewfold_origin`` marks synthetic rows as such in the provenance.

    ``unknown_levels="missing"`` is for synthetic rows that another tool made: unknown levels become missing and are
    counted, columns that the schema does not have are left out, columns that are no feature and no target may be
    absent, whole numbers need not be whole, and the target is not checked.
    ``drop_missing_target`` leaves out rows without a target, or, where there is none, without known follow-up, and
    notes how many.
    ``several_classes=True`` lets rows of one patient have different classes (samples, visits, eyes).
    ``check_target=False`` is for a holdout: it may lack a class.

    Raises ``BadInput`` for missing or unknown columns, values that are not of their kind, infinite numbers, unknown
    levels, rows without a patient, a patient with two sites or two classes, and a target that is missing, constant or
    has a class with fewer than two patients; for all of it at once.
    """
    strict = unknown_levels == "error"
    notes: list[Note] = []
    faults = Faults()
    frame = frame if frame.index.is_unique else frame.reset_index(drop=True)
    raw = _columns(frame, schema, notes, strict=strict)
    table, unknown = _converted(raw, schema, faults, strict=strict)
    if strict:
        _patient_facts(table, schema, notes, faults, several_classes=several_classes)
        with faults.kept():
            table = _with_target(table, schema, notes, drop=drop_missing_target)
            if check_target:
                _check_target(table, schema)
    faults.raise_if_any()
    cohort = Cohort(table.reset_index(drop=True), schema, _provenance(frame, table))
    return Conformed(cohort, tuple(notes), unknown)


def _columns(frame: Frame, schema: Schema, notes: list[Note], *, strict: bool) -> Frame:
    """The frame with the columns of the schema, in its order."""
    given = [name for name in frame.columns if name != ORIGIN]
    check_names(given, Path("the table"))
    needed = schema.names if strict else [v.name for v in schema.modelled]
    there, known = set(given), set(schema.names)
    absent = [name for name in needed if name not in there]
    extra = [name for name in given if name not in known]
    if absent or (extra and strict):
        near = [(name, match) for name in absent for match in get_close_matches(name, extra, n=1)]
        raise BadInput(
            expected=f"the columns of the schema: {', '.join(schema.names)}",
            found=" and ".join(_named("without", absent) + _named("with the unknown", extra)),
            fix=f"Is {near[0][1]!r} what the schema calls {near[0][0]!r}? Rename one."
            if near
            else "Bring the file and the schema to the same columns.",
        )
    notes.extend(Note(name, "left out: the schema does not have it") for name in extra)
    raw = frame.reindex(columns=schema.names)
    subject = schema.role("subject")
    if subject is not None and subject.name not in there:
        raw[subject.name] = [f"row-{row}" for row in raw.index]
    return raw


def _named(word: str, names: list[str]) -> list[str]:
    return [f"a table {word} {', '.join(map(repr, names))}"] if names else []


def _converted(raw: Frame, schema: Schema, faults: Faults, *, strict: bool) -> tuple[Frame, dict[str, int]]:
    """The columns in their dtypes, as they are where that fails, and how many values are no levels."""
    columns, unknown = {name: raw[name] for name in schema.names}, {}
    for variable in schema.variables:
        with faults.kept():
            columns[variable.name], count = convert(raw[variable.name], variable, strict=strict)
            if count:
                unknown[variable.name] = count
    return pd.DataFrame(columns, index=raw.index), unknown


def _patient_facts(table: Frame, schema: Schema, notes: list[Note], faults: Faults, *, several_classes: bool) -> None:
    """Check that each row has a patient, and each patient one site and one class; fill in where a row leaves it out."""
    subject = schema.role("subject")
    if subject is None:
        return
    patients = table[subject.name]
    with faults.kept():
        _check_named(patients)
    for variable in (schema.role("site"), schema.target):
        if variable is not None and (variable.role == "site" or (variable.discrete and not several_classes)):
            with faults.kept():
                _one_a_patient(table, variable, patients)
            filled = table[variable.name].isna()
            table[variable.name] = _spread(table[variable.name], patients)
            count = int(filled.sum() - table[variable.name].isna().sum())
            if count:
                notes.append(Note(variable.name, f"filled in {count} rows from other rows of the same patient"))


def _check_named(patients: Frame) -> None:
    if patients.isna().any():
        raise BadInput(
            expected=f"a patient in column {patients.name!r} of every row",
            found=f"none in {_rows(patients.isna())}",
            fix="Fill in those cells, or leave those rows out.",
        )


def _one_a_patient(table: Frame, variable: Variable, patients: Frame) -> None:
    different = table[variable.name].groupby(patients, sort=False, observed=True).nunique()
    torn = different.index[different > 1]
    if len(torn):
        first = sorted(map(str, table.loc[patients == torn[0], variable.name].dropna().unique()))
        told = ", ".join(map(str, torn[:5])) + (f" and {len(torn) - 5} more" if len(torn) > 5 else "")
        several = f"{len(torn)} patient{'s' if len(torn) > 1 else ''} with several"
        raise BadInput(
            expected=f"one {variable.role} ({variable.name!r}) for each patient",
            found=f"{several}: {told} ({torn[0]}: {', '.join(first)})",
            fix="Correct the rows, or number people so that no two share a number"
            + (
                "; if the class is one of the sample or visit, allow it with several_classes (in study.toml: true)."
                if variable.role == "target"
                else "."
            ),
        )


def _spread(column: Frame, patients: Frame) -> Frame:
    if not column.isna().any() or column.isna().all():
        return column
    known = column[column.notna()]
    by_patient = known.groupby(patients[column.notna()], sort=False, observed=True).first()
    found = patients.map(by_patient)
    return column.where(column.notna(), found.astype(column.dtype) if column.dtype == "category" else found)


def _with_target(table: Frame, schema: Schema, notes: list[Note], *, drop: bool) -> Frame:
    target = schema.target
    if target is None:
        unknown = table[[variable.name for variable in schema.follow_up]].isna().any(axis=1)
        if not drop or not unknown.any():
            return table
        notes.append(Note(None, f"left out {int(unknown.sum())} of {len(table)} rows, whose follow-up is not known"))
        return table[~unknown]
    missing = table[target.name].isna()
    if missing.all():
        raise BadInput(
            expected=f"values of the target {target.name!r}",
            found="none in any row",
            fix="Choose another target, or fill in the column.",
        )
    if not missing.any():
        return table
    if not drop:
        raise BadInput(
            expected=f"a value of the target {target.name!r} in every row",
            found=f"none in {int(missing.sum())} of {len(table)} rows ({_rows(missing)})",
            fix="Fill them in, or leave those rows out and report how many: drop_missing_target (true in a study.toml, "
            "which fewfold init writes).",
        )
    notes.append(Note(target.name, f"left out {int(missing.sum())} of {len(table)} rows, which have no value of it"))
    return table[~missing]


def _check_target(table: Frame, schema: Schema) -> None:
    """A target varies, and each of its classes has at least two patients."""
    target, subject = schema.target, schema.role("subject")
    if target is None:
        return
    values = table[target.name]
    if values.nunique() < 2:
        raise BadInput(
            expected=f"a target {target.name!r} that differs between patients",
            found=f"{values.astype(object).iloc[0]!r} in all {len(values)} rows",
            fix="Choose another target, or add patients of another class.",
        )
    if not target.discrete or values.dtype != "category":  # no levels where they could not be read
        return
    patients = table.index.to_series() if subject is None else table[subject.name]
    for level in target.levels or ():
        count = patients[np.asarray(values == level)].nunique()
        if count < 2:
            raise BadInput(
                expected=f"at least two patients in each class of the target {target.name!r}",
                found=f"{count or 'no'} patient{'' if count == 1 else 's'} with {level!r}",
                fix="Merge that level with another, or drop it (its rows, and its name in the levels).",
            )


def _provenance(frame: Frame, table: Frame) -> Provenance:
    real = Provenance.real(len(table))
    if ORIGIN not in frame.columns:
        return real
    synthetic = (frame[ORIGIN] == "synthetic").to_numpy()[frame.index.isin(table.index)]
    if not synthetic.any():
        return real
    return Provenance(np.where(synthetic, 0, -1), real.part, real.sources, (Record("read from a file", ""),))


def _rows(hit: Frame) -> str:
    rows = list(hit.index[hit])
    told = ", ".join(map(str, rows[:5]))
    return f"row{'s' if len(rows) > 1 else ''} {told}" + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")
