"""What a study leaves behind: ``result.json``, its models and its JSON Schema.

Everything that the report draws is in here; the report recomputes nothing. Wall-clock times are kept out (they lie
in ``journal.jsonl`` beside it), so that a study that was killed and resumed gives the same file bit for bit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError

from fewfold.core.errors import BadInput
from fewfold.core.files import write_atomic
from fewfold.study.result_figures import Figures
from fewfold.study.result_part import Part

SCHEMA_VERSION = "1.0"
Call = Literal["helps", "harms", "no_evidence", "not_estimable", "blocked"]
ProtocolKind = Literal["study", "look", "validation"]
Severity = Literal["info", "warning", "critical"]


def _misfit(error: ValidationError) -> tuple[str, str]:
    """What is wrong with a file that is no result, and what to do."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return "no JSON, or a part of it", "Name the folder or the result.json that fewfold run has written."
    where = ".".join(map(str, first["loc"])) or "the whole"
    return f"another form ({where}: {first['msg']})", "Run the study again with this version."


class Range(Part):
    """Both ends of an interval."""

    low: float
    high: float


class Protocol(Part):
    """What was written down before the first fit."""

    hash: str = Field(description="SHA-256 of the settings, the schema and the data")
    settings: dict[str, Any]
    splits_hash: str = Field(description="SHA-256 of the split manifest, splits.json")
    kind: ProtocolKind = Field(
        "study", description="a look is a study cut short; a validation judges given rows on one given split"
    )
    confirmatory: bool = Field(description="false for a look or a validation, which confirm nothing")


class Initial(Part):
    """Size and composition of the real data."""

    n: int = Field(description="patients")
    rows: int
    per_class: dict[str, int] = Field(description="patients per class; empty for a continuous target")
    rows_per_class: dict[str, int]
    sites: int | None = None
    features: int
    missing: float = Field(description="share of feature values that are missing")
    excluded: dict[str, int] = Field(description="rows left out before the study, by reason")


class Final(Part):
    """Size after the expansion of the whole cohort by one method at one ratio."""

    method: str
    ratio: float
    n: int = Field(description="rows, real and synthetic")
    synthetic: int
    per_class: dict[str, int] = Field(description="rows per class, real and synthetic")
    expansion: float = Field(description="rows after / rows before")
    expansion_per_class: dict[str, float]


class Composition(Part):
    """Sizes before and after."""

    initial: Initial
    final: list[Final]


class Power(Part):
    """What the study could have seen, computed before any result."""

    metric: str
    minimum_detectable_effect: float | None
    detectable_calibration_slope: float | None = Field(
        None, description="change of the calibration slope that can be expected to be seen"
    )
    power: float
    alpha: float
    smallest_effect: float = Field(description="smallest effect of interest, from the protocol")
    assumptions: dict[str, float]
    statement: str


class NegativeControl(Part):
    """The same study with permuted labels, which must find nothing; where a mask is to be found, two runs without
    augmentation, whose difference must be none."""

    passed: bool | None = Field(description="null where it could not be run")
    ran: bool
    splits: int
    helps: list[str] = Field(description="method@ratio that were said to help on noise")
    baseline: float | None = Field(None, description="primary metric of 'none' on permuted labels; or the difference")
    low: float | None = None
    high: float | None = None
    expected: float | None = Field(None, description="what a model of noise scores; or no difference")
    statement: str


class Primary(Part):
    """The primary contrast of a verdict. ``estimate`` is positive where the method is better."""

    metric: str
    estimate: float | None
    low: float | None
    high: float | None
    against: str | None = Field(description="the control that is hardest to beat")
    p: float | None = Field(None, description="Holm-adjusted over all methods and ratios")


class Contrast(Part):
    """A paired difference between a method and another arm. ``estimate`` is positive where the method is better."""

    method: str
    ratio: float
    against: str
    metric: str
    learner: str = Field(description="a learner's name, or 'all' for the mean over learners")
    estimate: float
    low: float
    high: float
    p: float
    p_holm: float | None = None


class Verdict(Part):
    """The answer for one method at one ratio."""

    method: str
    ratio: float
    verdict: Call
    reason: str = Field(description="one sentence for people")
    primary: Primary
    findings: list[str] = Field(description="codes")


class Stop(Part):
    """How far to expand with one method: the end of its dose-response curve that is worth going to."""

    method: str
    recommended: float = Field(description="ratio to stop at; 0 means the real patients alone")
    no_harm_up_to: float = Field(description="up to here no ratio is shown to harm, blocked or not estimable")
    reason: str


class Subgroup(Part):
    """What augmentation does to one subgroup or site, against none. ``estimate`` is the change of the Brier score, or,
    for a continuous target, of the squared error over the variance; positive where the method is better."""

    variable: str
    role: str
    level: str
    n: int
    method: str
    ratio: float
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p_holm: float | None = Field(None, description="Holm-adjusted over all subgroups, methods and ratios")
    reason: str | None = Field(None, description="why it is not assessable")


class Sealed(Part):
    """The patients that were sealed before the study, and, once opened, the primary differences on them."""

    n: int
    per_class: dict[str, int]
    opened: bool
    contrasts: list[Contrast] = Field([], description="each method and ratio against its hardest control")


class VarianceSplit(Part):
    """Where the uncertainty of a difference comes from, as shares of its variance."""

    method: str
    ratio: float
    metric: str
    standard_error: float = Field(description="the root of the three variances together")
    patient: float = Field(description="share of whom the study is of; where sites are split, of which sites")
    split: float = Field(description="share of the split; 0 where each site is left out, for there is no other")
    seed: float = Field(description="share of the seed of the method")


class MetricRow(Part):
    """One metric of one method at one ratio; ``method`` is 'none' for the real data alone."""

    name: str
    family: Literal["fidelity", "diversity", "plausibility", "utility", "privacy"]
    method: str
    ratio: float = Field(
        description="of the rows that were read: in a study the largest for privacy, 1 for other metrics of rows"
    )
    learner: str | None = None
    value: float | None
    low: float | None
    high: float | None
    n: int
    null: Range | None = Field(None, description="95 % range of the same metric, real against real")
    outside: bool | None = Field(
        None,
        description="beyond what real data show, judged over all metrics of a method together; null where not judged",
    )
    anchors: dict[str, float] = Field(
        {}, description="the same metric of a memoriser (copies) and of independent marginals (no dependence)"
    )
    p: float | None = Field(None, description="permutation p-value, where the metric has one and rows are given")
    details: dict[str, float] = Field(
        {}, description="further numbers of the metric, such as shares by rule or class; in a study medians"
    )
    status: Literal["ok", "not_applicable"] = "ok"
    reason: str | None = None


class Measure(Part):
    """What a metric is called and how it is read."""

    name: str
    title: str
    question: str = ""
    better: Literal["lower", "higher", "nearer"]
    best: float | None = Field(None, description="the perfect value, where more is not better")


class Finding(Part):
    """Something that a reader must know. ``code`` is stable and has a page in the documentation."""

    code: str
    severity: Severity
    title: str
    detail: str
    method: str | None = None
    ratio: float | None = None


class Algorithm(Part):
    """Exactly what ran in one arm."""

    name: str
    title: str
    family: str
    role: Literal["control", "under test"]
    version: str
    params: dict[str, Any]
    references: list[str]
    release: str
    choices: dict[str, int] = Field({}, description="of a method that chooses: how many fits ended in each choice")
    source: bool = Field(False, description="whether it learned from the source too, which stands under data")


class Provenance(Part):
    """The audit trail."""

    fewfold: str
    python: str
    packages: dict[str, str]
    code_hash: str = Field(description="SHA-256 over the source files of the package")
    seed: int
    data: dict[str, Any] = Field(
        description="name, hash, rows and columns of each input; the salt of the hash is public, so that who has a "
        "table can tell whether it is this one"
    )
    schema_: dict[str, Any] = Field(alias="schema")
    algorithms: list[Algorithm]
    learners: dict[str, dict[str, Any]]
    cells: int
    journal: str = "journal.jsonl"
    intended_use: str
    prohibited_use: str
    crosswalk: dict[str, str] = Field(description="where each item of a reporting guideline is answered")

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Result(Part):
    """A whole study. ``save`` writes ``result.json``; ``load`` reads it back."""

    schema_version: str = SCHEMA_VERSION
    title: str
    target: str
    task: Literal["binary", "multiclass", "continuous", "survival", "segmentation"]
    verdicts: list[Verdict]
    minimum_detectable_effect: float | None
    power: Power
    negative_control: NegativeControl
    composition: Composition
    contrasts: list[Contrast]
    stops: list[Stop] = Field([], description="the recommended stop of each dose-response curve")
    subgroups: list[Subgroup] = Field([], description="the subgroups and sites that the protocol names")
    sealed: Sealed | None = Field(None, description="the sealed holdout, where the protocol has one")
    variance: list[VarianceSplit] = Field([], description="patient, split and seed")
    metrics: list[MetricRow]
    measures: list[Measure] = Field([], description="titles and directions of the metrics that are named here")
    findings: list[Finding]
    figures: Figures
    methods_paragraph: str
    protocol: Protocol
    provenance: Provenance

    def to_json(self) -> str:
        """The text of ``result.json``."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=1, ensure_ascii=False, allow_nan=False)

    def save(self, folder: str | Path) -> Path:
        """Write ``result.json`` into ``folder``, whole or not at all; returns its path."""
        path = Path(folder) / "result.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, self.to_json() + "\n")
        return path

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a ``result.json``, or the one in a folder."""
        file = Path(path)
        file = file / "result.json" if file.is_dir() else file
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            problem, fix = "no such file", "Run the study first: fewfold run study.toml --out DIR."
        except ValidationError as error:
            problem, fix = _misfit(error)
        raise BadInput(expected=f"a result.json of schema version {SCHEMA_VERSION} at {file}", found=problem, fix=fix)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``result.json``."""
    schema = Result.model_json_schema(mode="serialization", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "fewfold result", **schema}
