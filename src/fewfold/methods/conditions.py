"""Which rows are asked for: levels and ranges of any variables, and no rare levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Floats, Level
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.schema import Schema, Variable

Given = Mapping[str, Level | Sequence[Any]]  # for each variable a level, several, or the two ends of a range


@dataclass(frozen=True)
class Conditions:
    """``levels``: for some positions among ``schema.modelled`` the codes that a row may have there; ``ranges``: for
    others the least and the largest value. A missing value meets neither, and is no rare level."""

    levels: Mapping[int, frozenset[float]]
    ranges: Mapping[int, tuple[float, float]]
    rare: Mapping[int, Sequence[float]]

    @classmethod
    def of(cls, schema: Schema, given: Given, rare: Mapping[int, Sequence[float]]) -> Conditions:
        """Raises ``BadInput`` for a column that no method draws, a level that the schema does not have, a number where
        a range is needed, and a range that is none."""
        at = {variable.name: j for j, variable in enumerate(schema.modelled)}
        unknown = sorted(set(given) - set(at))
        if unknown:
            raise BadInput(
                expected=f"conditions on columns that are drawn: {', '.join(at)}",
                found=", ".join(map(repr, unknown)),
                fix="Check the spelling, capitals included.",
            )
        levels, ranges = {}, {}
        for name, asked in given.items():
            variable = schema[name]
            if variable.discrete:
                levels[at[name]] = _codes(variable, asked)
            else:
                ranges[at[name]] = _range(variable, asked)
        return cls(levels, ranges, rare)

    def __bool__(self) -> bool:
        return bool(self.levels or self.ranges or self.rare)

    def met(self, values: Floats) -> Bools:
        """(n,) which rows, coded as ``Cohort.modelled``, are asked for."""
        fine = np.ones(len(values), dtype=bool)
        for j, codes in self.levels.items():
            fine &= np.isin(values[:, j], list(codes))
        for j, (low, high) in self.ranges.items():
            fine &= (values[:, j] >= low) & (values[:, j] <= high)
        for j, suppressed in self.rare.items():
            fine &= ~np.isin(values[:, j], suppressed)
        return fine


def rare_levels(cohort: Cohort, fewest: int) -> dict[int, list[float]]:
    """For positions among the features: codes of the levels that fewer patients than ``fewest`` have, and at least
    one. The target is left alone, its classes are counted by name."""
    found = {}
    for j, variable in enumerate(cohort.schema.features):
        if not variable.discrete:
            continue
        codes, column = range(len(variable.levels or ())), cohort.matrix[:, j]
        patients = [len(np.unique(cohort.subjects[column == code])) for code in codes]
        few = [float(code) for code, n in zip(codes, patients, strict=True) if 0 < n < fewest]
        if few:
            found[j] = few
    return found


def _codes(variable: Variable, asked: Any) -> frozenset[float]:
    known = order_of_levels(variable)
    wanted = list(asked) if isinstance(asked, Sequence) and not isinstance(asked, str) else [asked]
    unknown = [level for level in wanted if level not in known]
    if unknown or not wanted:
        raise BadInput(
            expected=f"levels of {variable.name!r}: {', '.join(map(repr, known))}",
            found=", ".join(map(repr, unknown)) or "none",
            fix="Check the spelling, capitals included.",
        )
    return frozenset(float(known.index(level)) for level in wanted)


def _range(variable: Variable, asked: Any) -> tuple[float, float]:
    dates = variable.kind == "datetime"
    if variable.kind == "integer" and not isinstance(asked, (list, tuple)):
        asked = asked, asked
    try:
        low, high = (_end(end, opened, dates) for end, opened in zip(asked, (-np.inf, np.inf), strict=True))
    except (TypeError, ValueError):
        low, high = np.inf, -np.inf
    if not low <= high:
        example = ["2020-01-01", "2020-12-31"] if dates else [40, 60]
        raise BadInput(
            expected=f"two ends of a range of {variable.name!r}, the smaller first, None for one that is open",
            found=repr(asked),
            fix=f"Pass {{{variable.name!r}: {example}}}, for example; one exact number is never drawn.",
        )
    return low, high


def _end(end: Any, opened: float, dates: bool) -> float:
    if end is None:
        return opened
    return float(pd.Timestamp(end).value / 86_400e9 if dates else end)


def parse(schema: Schema, texts: Sequence[str]) -> dict[str, Any]:
    """Conditions as they are typed: ``sex=f``, ``stage=3,4``, ``age=40..60``, ``age=60..``.

    Raises ``BadInput`` for anything else.
    """
    given: dict[str, Any] = {}
    for text in texts:
        name, sign, asked = text.partition("=")
        if not sign:
            raise BadInput(
                expected="a condition such as sex=f, stage=3,4 or age=40..60",
                found=repr(text),
                fix="Write one of these.",
            )
        variable = schema[name]
        if variable.discrete:
            known = {str(level): level for level in order_of_levels(variable)}
            whole = asked in known  # a level with a comma in its name
            given[name] = [known.get(part, part) for part in ([asked] if whole else asked.split(","))]
        else:
            low, apart, high = asked.partition("..")
            given[name] = [low or None, high or None] if apart else [asked, asked]
    return given
