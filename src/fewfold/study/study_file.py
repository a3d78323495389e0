"""``study.toml``: the data, the settings and the schema of a study, read from the file that a person has edited."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fewfold.core.errors import BadInput
from fewfold.core.files import file_digest
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.horizon import event_by
from fewfold.data.infer import require_columns
from fewfold.data.io.table import read_frame
from fewfold.data.schema import Schema
from fewfold.data.schema_toml import parse_variables
from fewfold.data.source import source_from
from fewfold.study.image_data import ImageData
from fewfold.study.settings import Settings
from fewfold.study.study import Study

CENSORED = "censored before the horizon"
NO_TARGET = "without a value of the target"
UNUSABLE = "with an image that cannot be used"


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
    images: ImageData | None = None

    def excluded(self, rows: int) -> dict[str, int]:
        """Why that many rows were left out."""
        return {(CENSORED if self.horizon else NO_TARGET): rows} if rows else {}


class SourceFile(BaseModel):
    """The ``[source]`` section: a larger related cohort that methods with ``source = true`` learn from too."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    sha256: str = ""


Section = TypeVar("Section", Data, SourceFile)


@dataclass(frozen=True)
class Described:
    """What a ``study.toml`` says, before any data are read: its sections, the schema of variables and rules."""

    data: Data
    schema: Schema
    study: dict[str, Any]
    source: SourceFile | None = None


def described(path: str | Path) -> Described:
    """Read a ``study.toml`` and not its data. Raises ``BadInput`` for what is not understood."""
    file = Path(path)
    content = _parse(file)
    unknown = sorted(set(content) - {"data", "source", "study", "variables", "rules"})
    if unknown:
        raise BadInput(
            expected="the sections data, source, study, variables and rules",
            found=", ".join(unknown),
            fix=f"Delete or rename them in {file}.",
        )
    data = _section(Data, content.get("data"), file)
    source = _section(SourceFile, content["source"], file) if "source" in content else None
    schema = parse_variables({key: content[key] for key in ("variables", "rules") if key in content})
    return Described(data, schema, dict(content.get("study", {})), source)


def open_study(path: str | Path, *, quick: bool = False) -> Study:
    """The study that a ``study.toml`` describes. Raises ``BadInput`` for anything in it that does not fit."""
    file = Path(path)
    told = described(file)
    settings = {**told.study, **_quick(told.study)} if quick else told.study
    if told.data.images and told.data.images.segment:
        settings = {**settings, "segment": told.data.images.segment}
    cohort, excluded = _images(told, file) if told.data.images else _table(told, file)
    if told.source is not None:
        frame = _frame(told.source, file, told.data.horizon)
        settings = {**settings, "source": source_from(frame, told.schema), "source_name": Path(told.source.path).name}
    return Study(cohort, name=Path(told.data.path).name, excluded=excluded, **settings)


def _table(told: Described, file: Path) -> tuple[Cohort, dict[str, int]]:
    """The cohort, and how many rows were left out, by reason."""
    data, frame = told.data, _frame(told.data, file, told.data.horizon)
    cohort = conform(
        frame, told.schema, drop_missing_target=data.drop_missing_target, several_classes=data.several_classes
    )
    return cohort, data.excluded(len(frame) - len(cohort))


def _images(told: Described, file: Path) -> tuple[Cohort, dict[str, int]]:
    data, folder = told.data, file.parent / told.data.path
    assert data.images is not None
    opened = data.images.opened(
        folder, told.schema, drop_missing_target=data.drop_missing_target, several_classes=data.several_classes
    )
    lost = len(data.images.opened(folder).cohort) - len(opened.cohort) if data.drop_missing_target else 0
    made = data.images.featured(opened)
    unusable = {UNUSABLE: len(made.failures)} if made.failures else {}
    return made.cohort, {**unusable, **data.excluded(lost)}


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


def _section(kind: type[Section], section: object, file: Path) -> Section:
    """A section, or ``BadInput`` that names what is wrong in it."""
    try:
        return kind.model_validate(section or {})
    except ValidationError as error:
        first = error.errors()[0]
        name = "data" if kind is Data else "source"
        raise BadInput(
            expected=f"path, and optionally {', '.join(n for n in kind.model_fields if n != 'path')}, in [{name}]",
            found=f"{'.'.join(map(str, first['loc']))} = {first['input']!r}: {first['msg'].lower()}",
            fix=f"Correct it in {file}.",
        ) from error


def _frame(data: Data | SourceFile, file: Path, horizon: Horizon | None) -> Frame:
    source = file.parent / data.path
    frame = read_frame(source)
    if data.sha256 and file_digest(source) != data.sha256:
        raise BadInput(
            expected=f"the data as they were when {file.name} was made",
            found=f"{source} has changed since",
            fix="Restore the file, or make a new study with fewfold init.",
        )
    return horizon.add_to(frame) if horizon else frame
