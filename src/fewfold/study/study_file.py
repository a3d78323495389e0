"""``study.toml``: the data, the settings and the schema of a study, in one file that a person can read and edit."""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fewfold.core.errors import BadInput, FewfoldError, Leakage
from fewfold.core.files import file_digest, refuse_existing, write_atomic
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.horizon import event_by
from fewfold.data.infer import Inferred, Note, infer_schema, require_columns
from fewfold.data.io.redcap import infer_redcap
from fewfold.data.io.table import read_frame
from fewfold.data.rules.discover import discover, discovered_lines
from fewfold.data.rules.packs import pack_lines, propose_packs
from fewfold.data.schema import Schema
from fewfold.data.schema_toml import dump_variables, parse_variables
from fewfold.study.settings import Settings
from fewfold.study.study import Study

CENSORED = "censored before the horizon"
MOST_CLASSES = 10
NO_TARGET = "without a value of the target"


class Horizon(BaseModel):
    """A binary target made from a time and an event: did the event happen by the horizon?"""

    model_config = ConfigDict(frozen=True, extra="forbid")
    time: str
    event: str
    horizon: float = Field(gt=0, description="in the unit of the time column")
    event_values: tuple[int | float | str | bool, ...] = (1,)

    @property
    def column(self) -> str:
        """The name of the target that is made."""
        return f"{self.event}_by_{self.horizon:g}"

    def add_to(self, frame: Frame) -> Frame:
        """The table with the target added; rows censored before the horizon have none."""
        require_columns([self.time, self.event], frame)
        made = event_by(frame, self.time, self.event, self.horizon, event_values=self.event_values)
        return frame.assign(**{self.column: made})


class Data(BaseModel):
    """The ``[data]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    sha256: str = ""
    drop_missing_target: bool = False
    several_classes: bool = False
    horizon: Horizon | None = None

    def excluded(self, rows: int) -> dict[str, int]:
        """Why that many rows were left out."""
        return {(CENSORED if self.horizon else NO_TARGET): rows} if rows else {}


@dataclass(frozen=True)
class Draft:
    """What ``init`` made: the text of ``study.toml``, and what was inferred."""

    text: str
    inferred: Inferred
    path: Path


def draft(
    data: str | Path,
    out: str | Path,
    *,
    target: str | None = None,
    subject: str | None = None,
    site: str | None = None,
    time: str | None = None,
    event: str | None = None,
    horizon: Horizon | None = None,
    dictionary: str | Path | None = None,
) -> Draft:
    """Read a table, infer its schema and write ``study.toml`` to ``out``.

    Name a ``target``, or a ``horizon`` from which one is made. ``time`` and ``event`` beside a target are no features.
    ``dictionary`` is that of a REDCap export. Raises ``BadInput`` where the file cannot be read, a
    column is not there, or ``out`` exists.
    """
    source, file = Path(data), Path(out)
    refuse_existing(file)
    if (target is None) == (horizon is None):
        raise BadInput(
            expected="a target column, or a time, an event and a horizon",
            found="both" if target else "neither",
            fix="Use --target COL, or --time COL --event COL --horizon T.",
        )
    frame = read_frame(source)
    frame = horizon.add_to(frame) if horizon else frame
    if horizon:
        target, time, event = horizon.column, horizon.time, horizon.event
    roles = {"target": target, "subject": subject, "site": site, "time": time, "event": event}
    inferred = infer_schema(frame, **roles) if dictionary is None else infer_redcap(frame, dictionary, **roles)
    changing = _class_changes(frame, target, subject)
    absent = int(frame[target].isna().sum())
    said = [changing] if changing else []
    if absent and not horizon:
        said.append(f"missing in {absent} of {len(frame)} rows, which are left out and counted in the report")
    cohort, problem = _tried(frame, inferred.schema, drop=absent > 0, several_classes=bool(changing))
    told = [Note(target, text) for text in said] + ([Note(None, problem)] if problem else [])
    inferred = replace(inferred, notes=(*inferred.notes, *told))
    shown = os.path.relpath(source.resolve(), file.resolve().parent)
    text = "\n".join(
        [
            "# A study of fewfold. Read it, correct it, then: fewfold run " + file.name + " --out results",
            *([f"# {problem}"] if problem else []),
            *_data_lines(shown, source, horizon, drop=absent > 0, several_classes=bool(changing)),
            *_study_lines(source.stem),
            dump_variables(inferred.schema, inferred.notes, frame),
            *(_rule_lines(cohort) if cohort else []),
        ]
    )
    write_atomic(file, text)
    return Draft(text, inferred, file)


def _tried(frame: Frame, schema: Schema, *, drop: bool, several_classes: bool) -> tuple[Cohort | None, str]:
    """The cohort that the study will see, if there is one, and what will stop the study, if anything."""
    try:
        cohort = conform(frame, schema, drop_missing_target=drop, several_classes=several_classes)
        obstacle = Study(cohort).obstacle
        return cohort, f"As it is, nothing can be estimated: {obstacle}." if obstacle else ""
    except Leakage as error:  # rules are found in real rows only
        return None, f"As it is, fewfold run will refuse it. {error}"
    except FewfoldError as error:
        problem = " ".join(f"As it is, fewfold run will refuse it. {error}".split())
    with suppress(BadInput):
        return conform(frame, schema, drop_missing_target=True, several_classes=True, check_target=False), problem
    return None, problem


def _rule_lines(cohort: Cohort) -> list[str]:
    """The packs of rules that fit the columns, and as comments the rules that all patients keep."""
    schema = cohort.schema
    proposals = propose_packs(schema, cohort)
    ruled = schema.model_copy(update={"rules": tuple(rule for each in proposals for rule in each.rules)})
    found = discover(replace(cohort, schema=ruled))
    return [*pack_lines(proposals), *discovered_lines(found), ""]


def _class_changes(frame: Frame, target: str | None, subject: str | None) -> str:
    """A note where the class changes within most of the patients who have several rows, and within at least five: then
    it is a fact of the row. Within fewer it is taken for a mistake, which the study will refuse."""
    if target is None or subject is None or frame[target].nunique() > MOST_CLASSES:
        return ""
    by_patient = frame.groupby(subject)[target]
    several = by_patient.size() > 1
    changes = int((by_patient.nunique() > 1).sum())
    if changes < 5 or changes <= several.sum() / 2:
        return ""
    return (
        f"changes within {changes} of the {int(several.sum())} patients with several rows: taken as a fact of the row. "
        f"Are two people behind one {subject}?"
    )


def _data_lines(shown: str, source: Path, horizon: Horizon | None, *, drop: bool, several_classes: bool) -> list[str]:
    lines = [
        "",
        "[data]",
        f"path = {_toml(Path(shown).as_posix())}  # from the folder of this file",
        f"sha256 = {_toml(file_digest(source))}  # the file must not change under the study",
        f"drop_missing_target = {_toml(drop)}  # true: rows without a target are left out and counted",
        f"several_classes = {_toml(several_classes)}  # true: rows of one patient may have different classes",
    ]
    if horizon:
        lines += [
            "",
            "[data.horizon]  # the target is made from these; rows censored earlier have none",
            f"time = {_toml(horizon.time)}",
            f"event = {_toml(horizon.event)}",
            f"event_values = [{', '.join(map(_toml, horizon.event_values))}]  # what counts as the event",
            f"horizon = {horizon.horizon!r}  # in the unit of {horizon.time}",
        ]
    return lines


def _study_lines(title: str) -> list[str]:
    default = Settings()
    return [
        "",
        "[study]",
        f"title = {_toml(title)}",
        "seed = 0",
        "methods = []  # under test; empty: chosen for the kind of target. `fewfold methods` lists them",
        f"ratios = [{', '.join(f'{r:g}' for r in default.ratios)}]  # synthetic rows per real row",
        'allocation = "proportional"  # "balance": towards equal classes, which harms calibration',
        'training = "joint"  # "pretrain": on synthetic rows first, on patients last',
        f"learners = [{', '.join(map(_toml, default.learners))}]",
        'unit = "subject"  # "site": leave whole sites out',
        f'folds = {default.folds}  # with unit = "site", "each": leave-one-site-out',
        f"repeats = {default.repeats}",
        'primary = ""  # empty: auroc for classes, r2 for a continuous target',
        "# smallest_effect = 0.02  # smallest gain in the primary score that would be worth having",
        "",
    ]


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Described:
    """What a ``study.toml`` says, before any data are read: its sections, the schema of variables and rules."""

    data: Data
    schema: Schema
    study: dict[str, Any]


def described(path: str | Path) -> Described:
    """Read a ``study.toml`` and not its data. Raises ``BadInput`` for what is not understood."""
    file = Path(path)
    content = _parse(file)
    unknown = sorted(set(content) - {"data", "study", "variables", "rules"})
    if unknown:
        raise BadInput(
            expected="the sections data, study, variables and rules",
            found=", ".join(unknown),
            fix=f"Delete or rename them in {file}.",
        )
    data = _data(content.get("data"), file)
    schema = parse_variables({key: content[key] for key in ("variables", "rules") if key in content})
    return Described(data, schema, dict(content.get("study", {})))


def open_study(path: str | Path, *, quick: bool = False) -> Study:
    """The study that a ``study.toml`` describes. Raises ``BadInput`` for anything in it that does not fit."""
    file = Path(path)
    told = described(file)
    data, settings = told.data, told.study
    frame = _frame(data, file)
    cohort = conform(
        frame, told.schema, drop_missing_target=data.drop_missing_target, several_classes=data.several_classes
    )
    if quick:
        settings = {**settings, **_quick(settings)}
    return Study(cohort, name=Path(data.path).name, excluded=data.excluded(len(frame) - len(cohort)), **settings)


def _quick(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a look that takes seconds and supports no claim."""
    ratios = settings.get("ratios") or Settings().ratios
    return {"repeats": 2, "ratios": ratios[:1], "confirmatory": False}


def _parse(file: Path) -> dict[str, Any]:
    if file.suffix.lower() != ".toml" and file.exists():
        raise BadInput(
            expected="a study.toml",
            found=f"{file.name}",
            fix=f"First: fewfold init {file.name} --target COL -o study.toml.",
        )
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        found, fix = "no such file", "Make one: fewfold init DATA --target COL -o study.toml."
    except (OSError, UnicodeDecodeError) as error:
        found, fix = str(error), "Check the path."
    except tomllib.TOMLDecodeError as error:
        found, fix = f"a mistake in the TOML: {error}", "Mend that line; text needs quotes, lists need brackets."
    raise BadInput(expected=f"a study file at {file}", found=found, fix=fix)


def _data(section: object, file: Path) -> Data:
    try:
        return Data.model_validate(section or {})
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(
            expected="path, and optionally sha256, drop_missing_target and horizon, in [data]",
            found=f"{'.'.join(map(str, first['loc']))} = {first['input']!r}: {first['msg'].lower()}",
            fix=f"Correct it in {file}.",
        ) from error


def _frame(data: Data, file: Path) -> Frame:
    source = file.parent / data.path
    frame = read_frame(source)
    if data.sha256 and file_digest(source) != data.sha256:
        raise BadInput(
            expected=f"the data as they were when {file.name} was made",
            found=f"{source} has changed since",
            fix="Restore the file, or make a new study with fewfold init.",
        )
    return data.horizon.add_to(frame) if data.horizon else frame
