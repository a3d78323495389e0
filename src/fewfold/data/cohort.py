"""The cohort: a table, what its columns mean, its other modalities and where each row comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from fewfold.core.cards import Target
from fewfold.core.errors import BadInput
from fewfold.core.types import Floats, Frame, Ints, Level
from fewfold.data.provenance import PARTS, Provenance
from fewfold.data.schema import Schema, Variable


class Block(Protocol):
    """A modality beside the table, one entry a row: images, omics, recordings."""

    def __len__(self) -> int: ...

    def take(self, rows: Ints) -> Self:
        """Some entries, by position."""
        ...

    def concat(self, others: Sequence[Self]) -> Self:
        """This block, then the others."""
        ...

    def digest(self) -> str:
        """SHA-256 of all values, the same wherever they are."""
        ...


_VALUE_VIEWS = frozenset({"matrix", "modelled", "y"})
_ROW_VIEWS = _VALUE_VIEWS | {"subjects", "sites"}


@dataclass(frozen=True, eq=False)
class Cohort:
    """A frozen cohort; a change returns a new one.

    ``table`` has one row a sample, one column a schema variable, and a unique integer index that names each row
    for good (``Provenance.sources`` points to it).
    """

    table: Frame
    schema: Schema
    provenance: Provenance
    blocks: Mapping[str, Block] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if list(self.table.columns) != self.schema.names:
            raise BadInput(
                expected=f"the columns {', '.join(self.schema.names)}",
                found=", ".join(map(str, self.table.columns)),
                fix="Read the file with the schema that was made for it, or infer a new one.",
            )
        if len(self.provenance.record) != len(self.table):
            raise ValueError("provenance must have one entry a row")
        for name, block in self.blocks.items():
            if len(block) != len(self.table):
                raise ValueError(f"block {name!r} has {len(block)} entries for {len(self.table)} rows")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "blocks": dict(self.blocks)}  # a read-only view cannot be sent to another process

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, blocks=MappingProxyType(state["blocks"]))

    @classmethod
    def real(cls, table: Frame, schema: Schema) -> Cohort:
        """A cohort of real rows whose columns already have the dtypes that the schema asks for."""
        return cls(table.reset_index(drop=True), schema, Provenance.real(len(table)))

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        told = [f"{len(self)} rows", f"{self.n_subjects} subjects", f"{len(self.schema.features)} features"]
        if self.schema.target is not None:
            told.append(f"{self.task} target {self.schema.target.name}")
        told += [f"block {name}: {len(block)} entries" for name, block in self.blocks.items()]
        return f"<Cohort: {', '.join(told)}>"

    @cached_property
    def task(self) -> Target:
        """What kind of target there is: without one, but with a time and an event, it is survival."""
        target = self.schema.target
        if target is None:
            return "survival" if self.schema.follow_up else "none"
        if target.discrete:
            return "binary" if len(target.levels or ()) == 2 else "multiclass"
        return "continuous"

    @cached_property
    def subjects(self) -> Ints:
        """(n,) code of the patient of each row; without a subject column each row is a patient."""
        variable = self.schema.role("subject")
        if variable is None:
            return np.arange(len(self))
        return _codes(self.table[variable.name])

    @cached_property
    def sites(self) -> Ints | None:
        """(n,) code of the site of each row, or None where no column says it."""
        variable = self.schema.role("site")
        return None if variable is None else _codes(self.table[variable.name])

    @cached_property
    def n_subjects(self) -> int:
        """How many patients."""
        return len(np.unique(self.subjects))

    @cached_property
    def matrix(self) -> Floats:
        """(n, features) float: values, level codes for levels, days since 1970 for dates; NaN where missing."""
        return self.coded(self.schema.features)

    @cached_property
    def y(self) -> Floats:
        """(n,) the target as float: level codes (the positive level of a binary target is 1), or values; of survival
        the time to the event, negative where follow-up ended without it."""
        if self.task == "survival":
            from fewfold.data.follow_up import signed_times  # which is about cohorts

            return signed_times(self)
        target = self.schema.target
        if target is None:
            raise BadInput(
                expected="a cohort with a target",
                found="none of its columns has the role target",
                fix="Name one: ff.read(..., target=COLUMN) or --target COLUMN.",
            )
        return as_float(self.table[target.name], target)

    @cached_property
    def modelled(self) -> Floats:
        """(n, features + target) float, as ``matrix`` with the target last."""
        return self.coded(self.schema.modelled)

    def coded(self, variables: Sequence[Variable]) -> Floats:
        """(n, variables) float, coded as ``matrix``."""
        out = np.empty((len(self), len(variables)))
        for j, variable in enumerate(variables):
            out[:, j] = as_float(self.table[variable.name], variable)
        return out

    @property
    def class_counts(self) -> dict[Level, int]:
        """Rows per level of the target, in the order of its levels; empty for other targets."""
        target = self.schema.target
        if target is None or not target.discrete:
            return {}
        counts = self.table[target.name].value_counts(sort=False)
        return {level: int(counts[level]) for level in target.levels or ()}

    def take(self, rows: Ints) -> Cohort:
        """Some rows, by position."""
        positions = np.asarray(rows)
        taken = Cohort(
            self.table.iloc[positions],
            self.schema,
            self.provenance.take(positions),
            MappingProxyType({name: block.take(positions) for name, block in self.blocks.items()}),
        )
        for name in _ROW_VIEWS & self.__dict__.keys():  # what was computed for all rows holds for some of them
            value = self.__dict__[name]
            taken.__dict__[name] = None if value is None else value[positions]
        return taken

    def as_part(self, part: str) -> Cohort:
        """The same rows, marked as ``train`` or ``holdout``."""
        marked = replace(self, provenance=self.provenance.with_part(PARTS.index(part)))
        marked.__dict__.update({name: self.__dict__[name] for name in _ROW_VIEWS & self.__dict__.keys()})
        return marked

    def with_column(self, name: str, values: Frame) -> Cohort:
        """The same rows with one column replaced."""
        return replace(self, table=self.table.assign(**{name: values}))

    def with_block(self, name: str, block: Block) -> Cohort:
        """The same rows with a modality beside them, one entry a row."""
        return replace(self, blocks=MappingProxyType({**self.blocks, name: block}))

    @staticmethod
    def concat(cohorts: Sequence[Cohort]) -> Cohort:
        """Rows of several cohorts of one schema; the index is numbered afresh where labels would repeat.

        Modalities that some of them lack, such as images beside made-up rows, are left out."""
        first = cohorts[0]
        if any(c.schema.names != first.schema.names for c in cohorts):
            raise BadInput(
                expected="cohorts with the same columns",
                found=" / ".join(", ".join(c.schema.names) for c in cohorts),
                fix="Read them with one schema.",
            )
        table = _stacked([c.table for c in cohorts])
        if not table.index.is_unique:
            table = table.reset_index(drop=True)
        shared = [name for name in first.blocks if all(name in c.blocks for c in cohorts)]
        blocks = {name: first.blocks[name].concat([c.blocks[name] for c in cohorts[1:]]) for name in shared}
        provenance = Provenance.concat([c.provenance for c in cohorts])
        joined = Cohort(table, first.schema, provenance, MappingProxyType(blocks))
        for name in _VALUE_VIEWS.intersection(*(c.__dict__ for c in cohorts)):
            joined.__dict__[name] = np.concatenate([c.__dict__[name] for c in cohorts])
        return joined


def table_from(values: Floats, variables: Sequence[Variable]) -> dict[str, Frame]:
    """Columns in the dtypes of their variables from a float matrix (the inverse of ``Cohort.modelled``)."""
    return {v.name: _from_float(values[:, j], v) for j, v in enumerate(variables)}


def order_of_levels(variable: Variable) -> tuple[Level, ...]:
    """Levels in the order of their float codes: as declared, a binary target's positive level last."""
    levels = variable.levels or ()
    if variable.role == "target" and variable.positive is not None and len(levels) == 2:
        return tuple(sorted(levels, key=lambda level: level == variable.positive))
    return levels


def _stacked(tables: Sequence[Frame]) -> Frame:
    """Rows of tables one after the other; a column that is not of one dtype (identifiers) becomes object."""
    odd = [name for name in tables[0].columns if len({str(t[name].dtype) for t in tables}) > 1]
    return pd.concat([t.astype(dict.fromkeys(odd, object)) for t in tables] if odd else tables)


def _codes(column: Frame) -> Ints:
    codes: Ints = pd.factorize(column, use_na_sentinel=False)[0].astype(np.int64)
    return codes


def as_float(column: Frame, variable: Variable) -> Floats:
    """(n,) a column in the dtype of its variable as values, level codes or days since 1970; NaN where missing."""
    if variable.numeric:
        values: Floats = np.asarray(column, dtype=np.float64)
        return values
    if variable.kind == "datetime":
        stamps = column.to_numpy(dtype="datetime64[ns]")
        days: Floats = stamps.astype(np.int64) / 86_400e9
        days[np.isnat(stamps)] = np.nan
        return days
    codes: Floats = column.cat.codes.to_numpy().astype(np.float64)
    codes[codes < 0] = np.nan
    if order_of_levels(variable) != (variable.levels or ()):
        codes = 1.0 - codes
    return codes


def _from_float(values: Floats, variable: Variable) -> Frame:
    if variable.numeric:
        return values
    if variable.kind == "datetime":
        stamps = np.full(len(values), "NaT", dtype="datetime64[ns]")
        known = ~np.isnan(values)
        stamps[known] = np.round(values[known] * 86_400e9).astype("int64").astype("datetime64[ns]")
        return stamps
    levels = variable.levels or ()
    codes = np.where(np.isnan(values), -1, np.nan_to_num(values)).astype(np.int64)
    if order_of_levels(variable) != levels:
        codes = np.where(codes < 0, -1, 1 - codes)
    dtype = pd.CategoricalDtype(list(levels), ordered=variable.kind == "ordinal")
    return pd.Categorical.from_codes(codes, dtype=dtype)
