"""The first ``study.toml`` of a table: what its columns seem to be, and what will keep a study from its verdicts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fewfold.core.errors import BadInput, FewfoldError, Leakage
from fewfold.core.faults import ManyFaults
from fewfold.core.files import file_digest, refuse_existing, write_atomic
from fewfold.core.types import Frame, Level
from fewfold.data.cohort import Cohort
from fewfold.data.columns import convert
from fewfold.data.conform import conform
from fewfold.data.infer import Inferred, Note, event_notes, infer_schema
from fewfold.data.io.redcap import infer_redcap
from fewfold.data.io.table import read_frame
from fewfold.data.rules.discover import discover, discovered_lines
from fewfold.data.rules.packs import pack_lines, propose_packs
from fewfold.data.scales import event_level
from fewfold.data.schema import Schema, Variable
from fewfold.data.schema_toml import dump_variables
from fewfold.metrics.utility.survival.learners import SURVIVAL_LEARNERS
from fewfold.study.settings import Settings
from fewfold.study.study import Study
from fewfold.study.study_file import CENSORED, Horizon

MOST_CLASSES = 10


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
    event_value: Level | None = None,
    horizon: Horizon | None = None,
    dictionary: str | Path | None = None,
) -> Draft:
    """Read a table, infer its schema and write ``study.toml`` to ``out``.

    Name a ``target``, or a ``horizon`` from which one is made, or a ``time`` and an ``event``, which are then the
    target themselves; ``event_value`` says which value of ``event`` counts. Beside a target they are no features.
    ``dictionary`` is that of a REDCap export. Raises ``BadInput`` where the file cannot be read, a
    column is not there, or ``out`` exists.
    """
    source, file = Path(data), Path(out)
    refuse_existing(file)
    if (target and horizon) or not (target or horizon or (time and event)):
        raise BadInput(
            expected="a target column, or a time and an event, with a horizon or without",
            found="both" if target else "neither",
            fix="Use --target COL, or --time COL --event COL, or both of these with --horizon T.",
        )
    frame = read_frame(source)
    frame = horizon.add_to(frame) if horizon else frame
    if horizon:
        target, time, event = horizon.column, horizon.time, horizon.event
    roles = {"target": target, "subject": subject, "site": site, "time": time, "event": event}
    inferred = infer_schema(frame, **roles) if dictionary is None else infer_redcap(frame, dictionary, **roles)
    schema, about_event = inferred.schema, list[Note]()
    if not (target or horizon):
        schema, about_event = _with_event(schema, event_value, frame)
    changing = _class_changes(frame, schema)
    filled, absent = _without_target(frame, schema, several_classes=bool(changing))
    cohort, problems = _tried(frame, schema, drop=absent > 0, several_classes=bool(changing))
    said = [changing, *_about_target(len(frame), filled, absent, horizon)]
    told = [*(Note(target or time, text) for text in said if text), *(Note(None, problem) for problem in problems)]
    inferred = replace(inferred, schema=schema, notes=(*inferred.notes, *about_event, *told))
    learners: dict[str, Any] = {} if target else {"learners": tuple(SURVIVAL_LEARNERS)}
    shown = os.path.relpath(source.resolve(), file.resolve().parent)
    text = "\n".join(
        [
            "# A study of fewfold. Read it, correct it, then: fewfold run " + file.name + " --out results",
            *(f"# {problem}" for problem in problems),
            *data_lines(shown, of="rows", digest=file_digest(source), drop=absent > 0, several_classes=bool(changing)),
            *(_horizon_lines(horizon) if horizon else []),
            *study_lines(source.stem, **learners),
            dump_variables(schema, inferred.notes, frame),
            *(_rule_lines(cohort) if cohort else []),
        ]
    )
    write_atomic(file, text)
    return Draft(text, inferred, file)


def _with_event(schema: Schema, value: Level | None, frame: Frame) -> tuple[Schema, list[Note]]:
    """The schema that says which value of the event column is the event, and what is to be confirmed."""
    (_, event) = schema.follow_up
    levels = event.levels or ()
    if value is not None and value not in levels:
        raise BadInput(
            expected=f"a value of {event.name!r}: {', '.join(map(repr, levels)) or 'numbers'}",
            found=repr(value),
            fix="Say which value of that column is the event.",
        )
    if value is None and len(levels) == 2:
        value = event_level(levels, [int((frame[event.name] == level).sum()) for level in levels])
    if value is None:
        return schema, [Note(event.name, "every number but 0 is taken for the event: set positive to count one alone")]
    return schema.with_variables([event.model_copy(update={"positive": value})]), event_notes(event.name, value)


def _without_target(frame: Frame, schema: Schema, *, several_classes: bool) -> tuple[int, int]:
    """How many rows without a target, or follow-up that is one, take it from another row of their patient, and how many
    have none to take."""
    target, subject = schema.target, schema.role("subject")
    if target is None:
        return 0, int(frame[[v.name for v in schema.follow_up]].isna().any(axis=1).sum())
    given = known = frame[target.name].notna()
    if subject is not None and target.discrete and not several_classes:
        known = frame[subject.name].isin(frame.loc[given, subject.name]) & frame[subject.name].notna() | given
    return int((known & ~given).sum()), int((~known).sum())


def _about_target(rows: int, filled: int, absent: int, horizon: Horizon | None) -> Iterator[str]:
    if filled:
        yield f"empty in {filled} of {rows} rows that take it from another row of the patient"
    if absent and horizon:
        yield (
            f"unknown in {absent} of {rows} rows, which are {CENSORED} or say nothing: left out and counted in the "
            "report; the more there are, the more frequent the event looks than it is"
        )
    elif absent:
        yield f"missing in {absent} of {rows} rows, which are left out and counted in the report"


def _tried(frame: Frame, schema: Schema, *, drop: bool, several_classes: bool) -> tuple[Cohort | None, list[str]]:
    """The cohort in which rules are looked for, if there is one, and all that will keep the study from its verdicts."""
    try:
        cohort = conform(frame, schema, drop_missing_target=drop, several_classes=several_classes)
    except BadInput as error:
        faults = error.faults if isinstance(error, ManyFaults) else (error,)
        rest, more = _without_faults(frame, schema)
        return rest, [*map(refusal, faults), *more]
    try:
        return cohort, hindrances(cohort)
    except FewfoldError as error:
        return None if isinstance(error, Leakage) else cohort, [refusal(error)]  # rules are found in real rows only


def _without_faults(frame: Frame, schema: Schema) -> tuple[Cohort | None, list[str]]:
    """The same for what remains of a table without sites, columns that cannot be read and rows that name no patient."""
    aside = [v for v in schema.variables if v.role == "site" or not _readable(frame, v)]
    rest = schema.with_variables([Variable(name=v.name, kind=v.kind, role="ignore") for v in aside])
    subject = schema.role("subject")
    named = frame if subject is None else frame[frame[subject.name].notna()]
    with suppress(FewfoldError):
        cohort = conform(named, rest, drop_missing_target=True, several_classes=True)
        return cohort, hindrances(cohort)
    with suppress(FewfoldError):
        return conform(named, rest, drop_missing_target=True, several_classes=True, check_target=False), []
    return None, []


def _readable(frame: Frame, variable: Variable) -> bool:
    try:
        convert(frame[variable.name], variable)
    except BadInput:
        return False
    return True


def refusal(error: FewfoldError) -> str:
    """What will keep the study from being run, for people."""
    return f"As it is, fewfold run will refuse it. {' '.join(str(error).split())}"


def hindrances(cohort: Cohort, **settings: Any) -> list[str]:
    """What will keep a study of it from its verdicts, for people."""
    return [f"As it is, {told}." for told in Study(cohort, **settings).hindrances()]


def _rule_lines(cohort: Cohort) -> list[str]:
    """The packs of rules that fit the columns, and as comments the rules that all patients keep."""
    schema = cohort.schema
    proposals = propose_packs(schema, cohort)
    ruled = schema.model_copy(update={"rules": tuple(rule for each in proposals for rule in each.rules)})
    found = discover(replace(cohort, schema=ruled))
    return [*pack_lines(proposals), *discovered_lines(found), ""]


def _class_changes(frame: Frame, schema: Schema) -> str:
    """A note where the class changes within most of the patients who have several rows, and within at least five: then
    it is a fact of the row. Within fewer it is taken for a mistake, which the study will refuse."""
    if schema.target is None or (patient := schema.role("subject")) is None:
        return ""
    target, subject = schema.target.name, patient.name
    if frame[target].nunique() > MOST_CLASSES:
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


def data_lines(shown: str, *, of: str, digest: str = "", drop: bool, several_classes: bool) -> list[str]:
    """The ``[data]`` section; ``of``: what its rows are. ``digest``: of the file, where it is one."""
    kept = [f"sha256 = {toml(digest)}  # the file must not change under the study"] if digest else []
    return [
        "",
        "[data]",
        f"path = {toml(Path(shown).as_posix())}  # from the folder of this file",
        *kept,
        f"drop_missing_target = {toml(drop)}  # true: {of} without a target are left out and counted",
        f"several_classes = {toml(several_classes)}  # true: {of} of one patient may have different classes",
    ]


def _horizon_lines(horizon: Horizon) -> list[str]:
    return [
        "",
        "[data.horizon]  # the target is made from these; rows censored earlier have none",
        f"time = {toml(horizon.time)}",
        f"event = {toml(horizon.event)}",
        f"event_values = [{', '.join(map(toml, horizon.event_values))}]  # what counts as the event",
        f"horizon = {horizon.horizon!r}  # in the unit of {horizon.time}",
    ]


def study_lines(title: str, arms: str = "[]", **chosen: Any) -> list[str]:
    """The ``[study]`` section; ``arms``: the methods under test, as TOML; ``chosen``: what is not as by default."""
    default = Settings(**chosen)
    return [
        "",
        "[study]",
        f"title = {toml(title)}",
        "seed = 0",
        f"methods = {arms}  # under test; empty: chosen for the kind of target. `fewfold methods` lists them",
        f"ratios = [{', '.join(f'{r:g}' for r in default.ratios)}]  # synthetic rows per real row",
        'allocation = "proportional"  # "balance": towards equal classes, which harms calibration',
        'training = "joint"  # "pretrain": on synthetic rows first, on patients last',
        f"learners = [{', '.join(map(toml, default.learners))}]",
        'unit = "subject"  # "site": leave whole sites out',
        f'folds = {default.folds}  # with unit = "site", "each": leave-one-site-out',
        f"repeats = {default.repeats}",
        'primary = ""  # empty: auroc for classes, r2 for a continuous target, c_index for survival, dice for a mask',
        "# smallest_effect = 0.02  # smallest gain in the primary score that would be worth having",
        "",
    ]


def toml(value: object) -> str:
    """A value as TOML has it."""
    return json.dumps(value, ensure_ascii=False)
