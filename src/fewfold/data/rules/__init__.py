"""Which records break a rule: the rules of the schema, and what its variables say of themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Frame
from fewfold.data.cohort import Cohort
from fewfold.data.rules.expression import Reader
from fewfold.data.schema import Rule, Schema, Variable


@dataclass(frozen=True, eq=False)
class Judgement:
    """``judged``: (n,) the records that the rule speaks of and that miss nothing it names; ``met``: (n,) those of them
    that meet it."""

    judged: Bools
    met: Bools

    @property
    def broken(self) -> Bools:
        """(n,) the records that break the rule."""
        return self.judged & ~self.met

    @property
    def rate(self) -> float:
        """Share of the records judged that meet the rule; NaN where none is judged."""
        n = int(self.judged.sum())
        return float(self.met.sum() / n) if n else float("nan")


def judge(rule: Rule, cohort: Cohort) -> Judgement:
    """Each record under one rule. Raises ``BadInput`` naming the rule if it cannot be read, or names an unknown column
    or a unit that does not fit."""
    reader = Reader(rule, cohort)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        holds = reader.judge(rule.require, tolerance=rule.tolerance or 0.0)
        applies = reader.judge(rule.when) if rule.when is not None else True
    judged: Bools = reader.known & applies
    return Judgement(judged, judged & holds)


def violations(cohort: Cohort, *, severity: Literal["hard", "soft"] = "hard") -> Frame:
    """A boolean table, one row a record and one column a rule: True where the record breaks it.

    For ``hard`` the checks that follow from the variables come first: whole numbers are whole, values lie within their
    limits, levels are known. A missing value breaks nothing, and a rule does not judge a record with a missing value in
    a column that it names. Raises ``BadInput`` as :func:`judge` does.
    """
    broken = _checks(cohort) if severity == "hard" else {}
    names = Counter(rule.name for rule in cohort.schema.rules)
    for rule in cohort.schema.rules:
        if names[rule.name] > 1 or rule.name in broken:
            raise BadInput(expected="rules with different names", found=f"{rule.name!r} twice", fix="Rename one.")
        if rule.severity == severity:
            broken[rule.name] = judge(rule, cohort).broken
    return pd.DataFrame(broken, index=cohort.table.index, dtype=bool)


def check_rules(schema: Schema) -> None:
    """Raise ``BadInput`` for the first rule that cannot be read; needs no records."""
    empty = Cohort.real(pd.DataFrame({v.name: _no_values(v) for v in schema.variables}), schema)
    violations(empty)
    violations(empty, severity="soft")


def _no_values(variable: Variable) -> Frame:
    if variable.discrete:
        return pd.Categorical([], categories=list(variable.levels or ()), ordered=variable.kind == "ordinal")
    return np.empty(0, dtype="datetime64[ns]" if variable.kind == "datetime" else np.float64)


def _checks(cohort: Cohort) -> dict[str, Bools]:
    found: dict[str, Bools] = {}
    for j, variable in enumerate(cohort.schema.modelled):
        values, name = cohort.modelled[:, j], variable.name
        if variable.discrete:
            found[f"{name}: known level"] = (values < 0) | (values >= len(variable.levels or ()))
            continue
        if variable.kind == "integer":
            found[f"{name}: whole number"] = np.abs(values - np.round(values)) > 1e-9
        if variable.low is not None:
            found[f"{name}: at least {variable.low:g}"] = values < variable.low
        if variable.high is not None:
            found[f"{name}: at most {variable.high:g}"] = values > variable.high
    return found
