"""Three tables and what is known of their columns, as the three cohorts of a validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput, Leakage
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform, conform_noted
from fewfold.data.infer import infer_schema
from fewfold.data.io.table import read_frame
from fewfold.data.provenance import ORIGIN, Provenance, Record
from fewfold.data.rules import check_rules
from fewfold.data.schema import Role, Schema
from fewfold.study.study_file import CENSORED, Data, described

TAKEN = ("release", "subgroups", "training")  # of the [study] section; the rest of it is about a study
_ROLES: dict[str, Role] = {
    "target": "target",
    "subject": "subject",
    "site": "site",
    "time": "event_time",
    "event": "event",
}


@dataclass(frozen=True, eq=False)
class Three:
    """Who is who, what was left out, and the settings that the study file has."""

    train: Cohort
    holdout: Cohort
    synthetic: Cohort
    excluded: dict[str, int]
    settings: dict[str, Any]


def read_three(
    train: str | Path,
    holdout: str | Path,
    synthetic: str | Path,
    *,
    schema: str | Path | None = None,
    **roles: str | None,
) -> Three:
    """Read the tables. Columns are what the study file ``schema`` says; without one the columns named in ``roles``
    (target, subject, site, time, event) have those roles, and the rest is inferred from the real rows.

    Raises ``BadInput`` where the tables do not fit each other or the schema, or ``roles`` contradict it, and
    ``Leakage`` where a table says that some of its rows are of the other kind.
    """
    _check_roles(roles, schema)
    frames = [_of_one_origin(file, "real") for file in (train, holdout)]
    if set(frames[0].columns) != set(frames[1].columns):
        odd = sorted(set(frames[0].columns) ^ set(frames[1].columns))
        raise BadInput(
            expected="the same columns in train and holdout", found=f"only in one: {', '.join(odd)}", fix="Align them."
        )
    both: Frame = pd.concat(frames, ignore_index=True)
    if schema is None:
        data, known, settings = Data(path=""), infer_schema(both, **roles).schema, {}
    else:
        told = described(schema)
        data, known = told.data, _agreed(told.schema, roles)
        settings = {name: told.study[name] for name in TAKEN if name in told.study}
    if data.horizon:
        both = data.horizon.add_to(both)
    real, cut = _real(both, len(frames[0]), known, data)
    _same_codes(real, cut)
    excluded = data.excluded(len(both) - len(real))
    made = _of_one_origin(synthetic, "synthetic")
    if data.horizon and data.horizon.column not in made:
        whole = data.horizon.add_to(made)
        made = whole[whole[data.horizon.column].notna()].reset_index(drop=True)
        if len(made) < len(whole):
            excluded[f"{CENSORED}, of the synthetic rows"] = len(whole) - len(made)
    return Three(
        real.take(np.arange(cut)),
        real.take(np.arange(cut, len(real))),
        made_rows(made, real.schema),
        excluded,
        settings,
    )


def _of_one_origin(path: str | Path, origin: str) -> Frame:
    """The table, all of whose rows are real or synthetic, as wanted, where it says what they are."""
    frame = read_frame(path)
    if ORIGIN not in frame:
        return frame
    others = int((frame[ORIGIN] != origin).sum())
    if others:
        raise Leakage(
            expected=f"{origin} rows only in {Path(path).name}",
            found=f"{others} of {len(frame)} rows that are not {origin} by the column {ORIGIN}",
            fix=f"Keep the rows where {ORIGIN} is {origin!r}. A file of fewfold augment holds both, one of "
            "fewfold synthesize the synthetic rows alone.",
        )
    return frame.drop(columns=ORIGIN)


def _check_roles(roles: Mapping[str, str | None], schema: str | Path | None) -> None:
    if schema is None and not (roles.get("target") or roles.get("time") or roles.get("event")):
        raise BadInput(
            expected="a target column, or a time and an event, or a study.toml that names them",
            found="none of them",
            fix="Add --target COL, or --time COL --event COL, or --schema study.toml.",
        )
    if bool(roles.get("time")) != bool(roles.get("event")):
        raise BadInput(expected="--time and --event together", found="one of them", fix="Give both, or none.")


def _agreed(schema: Schema, roles: Mapping[str, str | None]) -> Schema:
    """The schema of a study file, which has a target and rules that can be read, and which no option contradicts."""
    for option, column in roles.items():
        holder = schema.role(_ROLES[option])
        if column is not None and (holder is None or holder.name != column):
            raise BadInput(
                expected="options that say the same as the study file",
                found=f"--{option} {column}, and {holder.name if holder else 'no column'} with that role in the file",
                fix="Correct the role in the study file, or leave the option out.",
            )
    if schema.target is None and not schema.follow_up:
        raise BadInput(
            expected="a schema with a target, or with an event_time and an event",
            found="none of its columns has the role target",
            fix='Write role = "target" to that column in the study file.',
        )
    check_rules(schema)
    return schema


def _real(both: Frame, first: int, schema: Schema, data: Data) -> tuple[Cohort, int]:
    """The real rows, and how many of them are training rows: those without a target may have been left out."""

    def of(rows: Frame, *, check_target: bool) -> Cohort:
        return conform(
            rows,
            schema,
            drop_missing_target=data.drop_missing_target,
            several_classes=data.several_classes,
            check_target=check_target,
        )

    real = of(both, check_target=True)
    return real, first if len(real) == len(both) else len(of(both.iloc[:first], check_target=False))


def made_rows(frame: Frame, schema: Schema) -> Cohort:
    """The synthetic rows. Each is a patient of its own; where the schema knows visits, rows of one patient are those
    with the same number."""
    made = frame.copy()
    for variable in schema.variables:
        if variable.role == "subject":
            visits = schema.role("visit_time") is not None and variable.name in made
            made[variable.name] = _names(made[variable.name] if visits else None, len(made))
        elif variable.role in ("site", "ignore") and variable.name not in made:
            made[variable.name] = np.nan
    shaped = conform_noted(made[[c for c in made if c in schema.names]], schema, unknown_levels="missing")
    strange = [name for name, count in shaped.unknown.items() if count > len(made) / 2]
    if strange:
        raise BadInput(
            expected="the levels of the real data in the synthetic rows",
            found=f"others in most rows of {', '.join(strange)}",
            fix="Bring the codes of the files to the same.",
        )
    rows = shaped.cohort
    return replace(rows, provenance=Provenance.synthetic(len(rows), Record("supplied", "unknown")))


def _names(given: Frame | None, n: int) -> list[str]:
    """A name for the patient of each synthetic row, which is that of no real one."""
    if given is None:
        return [f"synthetic-{i + 1:07d}" for i in range(n)]
    return [f"synthetic-row-{i + 1}" if pd.isna(who) else f"synthetic-{who}" for i, who in enumerate(given)]


def _same_codes(real: Cohort, cut: int) -> None:
    """Raise ``BadInput`` where train and holdout have no level of a variable in common."""
    for variable, x in zip(real.schema.modelled, real.modelled.T, strict=True):
        sides = [set(part[~np.isnan(part)]) for part in (x[:cut], x[cut:])]
        if variable.discrete and all(sides) and not sides[0] & sides[1]:
            raise BadInput(
                expected=f"the same levels of {variable.name!r} in train and holdout",
                found="none in common",
                fix="Bring the codes of the files to the same.",
            )
