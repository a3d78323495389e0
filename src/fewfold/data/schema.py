"""What each variable is: its kind, role, unit, limits and levels, and the rules between variables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from fewfold.core.errors import BadInput

Kind = Literal["numeric", "integer", "ordinal", "categorical", "boolean", "datetime", "duration"]
Role = Literal["feature", "target", "subject", "site", "visit_time", "event_time", "event", "sensitive", "ignore"]
NUMERIC: frozenset[str] = frozenset({"numeric", "integer", "duration"})
DISCRETE: frozenset[str] = frozenset({"ordinal", "categorical", "boolean"})
SINGLE_ROLES: tuple[Role, ...] = ("target", "subject", "site", "visit_time")
LevelValue = StrictBool | StrictInt | StrictFloat | StrictStr


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Variable(_Strict):
    """One column.

    In a cohort's table a numeric, integer or duration variable is ``float64`` (NaN where missing), an ordinal,
    categorical or boolean one is a pandas ``category`` whose categories are ``levels`` in order, and a datetime
    is ``datetime64[ns]``. A subject, site or ignored column is kept as read.
    """

    name: str = Field(min_length=1)
    kind: Kind
    role: Role = "feature"
    unit: str | None = Field(None, description="UCUM code, such as mg/dL")
    low: float | None = Field(None, description="smallest value that can be true; days since 1970 for a datetime")
    high: float | None = Field(None, description="largest value that can be true")
    levels: tuple[LevelValue, ...] | None = Field(None, description="all levels, in order")
    positive: LevelValue | None = Field(None, description="the level of a binary target that is the event")
    label: str | None = Field(None, description="a name for people")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.role in ("feature", "target", "sensitive") and self.kind in DISCRETE and not self.levels:
            raise ValueError(f"variable {self.name!r} is {self.kind} and needs its levels")
        if self.levels is not None and len(set(map(_distinct, self.levels))) < len(self.levels):
            raise ValueError(f"variable {self.name!r} lists a level twice")
        if self.kind == "boolean" and self.levels is not None and len(self.levels) > 2:
            raise ValueError(f"variable {self.name!r} is boolean and has {len(self.levels)} levels")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"variable {self.name!r} has low {self.low} above high {self.high}")
        if self.positive is not None and (self.levels is None or self.positive not in self.levels):
            raise ValueError(f"variable {self.name!r}: positive level {self.positive!r} is not one of its levels")
        return self

    @property
    def numeric(self) -> bool:
        """Whether values are float64 in the table."""
        return self.kind in NUMERIC

    @property
    def discrete(self) -> bool:
        """Whether values are levels."""
        return self.kind in DISCRETE


def _distinct(level: object) -> tuple[str, object]:
    return type(level).__name__, level


class Rule(_Strict):
    """A statement about records, such as ``diagnosis_date <= death_date``: a hard one holds for every record, a soft
    one at a rate.

    ``require`` is a comparison over column names (quote awkward names with backticks), numbers and quoted
    levels, joined by ``and``, ``or``, ``not``, or ``if ... then ...``; ``when`` limits it to some records. Records with
    a missing value in a column that the rule names are not judged.
    """

    name: str = Field(min_length=1)
    require: str
    when: str | None = None
    severity: Literal["hard", "soft"] = "hard"
    tolerance: float | None = Field(None, ge=0, description="by how much numbers in `require` may miss")
    units: dict[str, str] = Field(default={}, description="columns that the rule reads in another unit than theirs")
    rate: tuple[float, float] | None = Field(None, description="reference interval of the share that meets a soft rule")
    source: str | None = Field(None, description="where the rule, or its rate, comes from")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.rate is not None and self.severity == "hard":
            raise ValueError(f"rule {self.name!r} has a rate and must be soft")
        if self.rate is not None and not 0 <= self.rate[0] <= self.rate[1] <= 1:
            raise ValueError(f"rule {self.name!r} needs a rate of two shares, the smaller first, such as [0.75, 1]")
        return self


class Schema(_Strict):
    """All variables of a cohort, in column order, and the rules between them."""

    variables: tuple[Variable, ...] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice:
            raise ValueError(f"variables named twice: {', '.join(twice)}")
        for role in SINGLE_ROLES:
            holders = [v.name for v in self.variables if v.role == role]
            if len(holders) > 1:
                raise ValueError(f"only one variable can be the {role}; found {', '.join(holders)}")
        return self

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [v.name for v in self.variables]

    @property
    def features(self) -> tuple[Variable, ...]:
        """What a learner may look at: features and sensitive variables."""
        return tuple(v for v in self.variables if v.role in ("feature", "sensitive"))

    @property
    def modelled(self) -> tuple[Variable, ...]:
        """What a method generates: the features, then the target where there is one."""
        return self.features + ((self.target,) if self.target else ())

    @property
    def target(self) -> Variable | None:
        """The target variable."""
        return self.role("target")

    @property
    def follow_up(self) -> tuple[Variable, ...]:
        """How long a patient was followed and what ended it, where both are known; else nothing."""
        time, event = self.role("event_time"), self.role("event")
        return (time, event) if time is not None and event is not None else ()

    @property
    def outcome(self) -> tuple[Variable, ...]:
        """What is to be predicted: the target, or the time and the event where there is none."""
        return (self.target,) if self.target else self.follow_up

    def role(self, role: Role) -> Variable | None:
        """The first variable with that role."""
        return next((v for v in self.variables if v.role == role), None)

    def __getitem__(self, name: str) -> Variable:
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise BadInput(
            expected=f"one of the columns {', '.join(self.names)}",
            found=repr(name),
            fix="Check the spelling, capitals included.",
        )

    def with_variables(self, variables: Iterable[Variable]) -> Schema:
        """A schema in which each variable given takes the place of the one with its name."""
        new = {v.name: v for v in variables}
        return Schema(variables=tuple(new.get(v.name, v) for v in self.variables), rules=self.rules)
