"""Which records break a rule: the rules of the schema, and what its variables say of themselves.

A rule is an expression over column names, never code: comparisons (also chained, also ``in (...)``) between columns,
numbers, quoted texts and ``+ - * /`` of them, joined by ``and``, ``or``, ``not``. Awkward column names stand in
backticks. Dates compare with dates and with quoted ISO dates; the difference of two dates is in days. Levels compare by
equality, and by order where the variable is ordinal; levels that are numbers are numbers. Equality is within 1e-9.
"""

from __future__ import annotations

import ast
import operator
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Floats, Frame, Level
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Rule, Schema, Variable

_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`([^`]+)`""")
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def violations(cohort: Cohort, *, severity: Literal["hard", "soft"] = "hard") -> Frame:
    """A boolean table, one row a record and one column a rule: True where the record breaks it.

    For ``hard`` the checks that follow from the variables come first: whole numbers are whole, values lie within their
    limits, levels are known. A missing value breaks nothing, and a rule does not judge a record with a missing value in
    a column that it names. Raises ``BadInput`` naming the rule that cannot be read or names an unknown column.
    """
    broken = _checks(cohort) if severity == "hard" else {}
    names = Counter(rule.name for rule in cohort.schema.rules)
    for rule in cohort.schema.rules:
        if names[rule.name] > 1 or rule.name in broken:
            raise BadInput(expected="rules with different names", found=f"{rule.name!r} twice", fix="Rename one.")
        if rule.severity == severity:
            broken[rule.name] = _broken(rule, cohort)
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


def _broken(rule: Rule, cohort: Cohort) -> Bools:
    reader = _Reader(rule, cohort)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        holds = reader.judge(rule.require)
        applies = reader.judge(rule.when) if rule.when is not None else True
    found: Bools = reader.known & applies & ~holds
    return found


@dataclass(frozen=True)
class _Operand:
    """One side of a comparison. ``values``: (n,) or one number; level codes where there are ``levels``."""

    kind: Literal["number", "date", "level", "text"]
    values: Any
    levels: tuple[Level, ...] = ()
    ordered: bool = False
    open: bool = False  # other levels than these may exist


class _Reader:
    """Reads the expressions of one rule over one cohort; ``known``: the records that miss none of the columns named."""

    def __init__(self, rule: Rule, cohort: Cohort) -> None:
        self._rule, self._cohort = rule, cohort
        self._awkward: dict[str, str] = {}
        self.known: Bools = np.ones(len(cohort), dtype=bool)

    def judge(self, text: str) -> Bools:
        """(n,) whether each record meets the condition."""
        try:
            return self._condition(ast.parse(_QUOTED.sub(self._plain, text).strip(), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if isinstance(error, BadInput):
                raise
        return self._refuse("an expression such as `age >= 18`", repr(text))

    def _plain(self, found: re.Match[str]) -> str:
        """A plain name for a name in backticks; quoted texts stay."""
        if found[1] is None:
            return found[0]
        name = f"_column_{len(self._awkward)}"
        self._awkward[name] = found[1]
        return name

    def _condition(self, node: ast.expr) -> Bools:
        match node:
            case ast.BoolOp(op=op, values=parts):
                join = np.logical_and if isinstance(op, ast.And) else np.logical_or
                met: Bools = join.reduce([self._condition(part) for part in parts])
                return met
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return ~self._condition(inner)
            case ast.Compare(left=left, ops=ops, comparators=rights):
                sides = [left, *rights]
                pairs = [self._compare(a, op, b) for a, op, b in zip(sides, ops, rights, strict=False)]
                together: Bools = np.logical_and.reduce(pairs)
                return together
        return self._refuse("a comparison such as `age >= 18`", repr(ast.unparse(node)))

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Bools:
        if isinstance(op, (ast.In, ast.NotIn)):
            if not isinstance(right, (ast.Tuple, ast.List)):
                return self._refuse("a list of values after `in`", repr(ast.unparse(right)))
            equal = [self._compare(left, ast.Eq(), each) for each in right.elts]
            among = np.logical_or.reduce(equal) if equal else np.zeros(len(self.known), dtype=bool)
            return ~among if isinstance(op, ast.NotIn) else among
        a, b = self._aligned(self._operand(left), self._operand(right))
        if type(op) in _ORDER:
            if a.kind == "level" and not (a.ordered and b.ordered):
                self._refuse("== or != between levels without an order", repr(ast.unparse(left)))
            return self._every(_ORDER[type(op)](a.values, b.values))
        if not isinstance(op, (ast.Eq, ast.NotEq)):
            return self._refuse("one of < <= > >= == != in", type(op).__name__)
        size = np.maximum(1.0, np.maximum(np.abs(a.values), np.abs(b.values)))
        equal = np.isfinite(size) & (np.abs(a.values - b.values) <= 1e-9 * size)
        return self._every(~equal if isinstance(op, ast.NotEq) else equal)

    def _every(self, met: Any) -> Bools:
        return np.broadcast_to(met, self.known.shape)

    def _aligned(self, a: _Operand, b: _Operand) -> tuple[_Operand, _Operand]:
        """Both sides in numbers that can be compared."""
        if b.kind == "text" and a.kind in ("date", "level"):
            return a, self._as(a, b.values)
        if a.kind == "text" and b.kind in ("date", "level"):
            return self._as(b, a.values), b
        if a.kind != b.kind or a.kind == "text":
            self._refuse("two things that can be compared", f"a {a.kind} against a {b.kind}")
        if a.kind == "level" and a.levels != b.levels:
            every = {level: k for k, level in enumerate(dict.fromkeys((*a.levels, *b.levels)))}
            codes = np.array([*(every[level] for level in b.levels), np.nan])  # the last is for -1, missing
            return a, _Operand("level", codes[b.values.astype(np.int64)])
        return a, b

    def _as(self, like: _Operand, text: str) -> _Operand:
        """A quoted text as a date or as a level of the other side."""
        if like.kind == "date":
            try:
                return _Operand("date", float(np.datetime64(text, "ns").astype(np.int64) / 86_400e9))
            except ValueError:
                return self._refuse("a date such as '2020-12-31'", repr(text))
        if text not in like.levels and not like.open:
            self._refuse(f"one of the levels {', '.join(map(repr, like.levels))}", repr(text))
        code = like.levels.index(text) if text in like.levels else -1
        return _Operand("level", float(code), ordered=like.ordered)

    def _operand(self, node: ast.expr) -> _Operand:
        match node:
            case ast.Constant(value=str() as text):
                return _Operand("text", text)
            case ast.Constant(value=int() | float() as number) if abs(number) < 1e300:
                return _Operand("number", float(number))
            case ast.Name(id=name):
                return self._column(self._awkward.get(name, name))
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._calculated(ast.Sub(), _Operand("number", 0.0), self._operand(inner))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._calculated(op, self._operand(left), self._operand(right))
        return self._refuse("columns, numbers, quoted texts and + - * / of them", repr(ast.unparse(node)))

    def _calculated(self, op: ast.operator, a: _Operand, b: _Operand) -> _Operand:
        kinds = (a.kind, type(op), b.kind)
        if kinds == ("date", ast.Sub, "date") or (a.kind == "number" and b.kind == "number"):
            kind: Literal["number", "date"] = "number"
        elif kinds in (("date", ast.Add, "number"), ("date", ast.Sub, "number"), ("number", ast.Add, "date")):
            kind = "date"
        else:
            self._refuse("numbers, or a date and days, to calculate with", f"a {a.kind} and a {b.kind}")
        return _Operand(kind, _ARITHMETIC[type(op)](np.asarray(a.values), b.values))

    def _column(self, name: str) -> _Operand:
        table = self._cohort.table
        if name not in table.columns:
            self._refuse(f"one of the columns {', '.join(map(str, table.columns))}", repr(name))
        column, variable = table[name], self._cohort.schema[name]
        self.known = self.known & column.notna().to_numpy()
        if variable.kind == "datetime":
            stamps = column.to_numpy(dtype="datetime64[ns]")
            return _Operand("date", np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 86_400e9))
        levels = variable.levels or ()
        if variable.numeric or (levels and all(isinstance(level, (int, float)) for level in levels)):
            values: Floats = np.asarray(column, dtype=np.float64)
            return _Operand("number", values)
        texts = levels or tuple(column.dropna().unique())
        codes = pd.Categorical(column, categories=list(texts)).codes.astype(np.float64)
        return _Operand("level", codes, texts, ordered=variable.kind == "ordinal", open=not levels)

    def _refuse(self, expected: str, found: str) -> NoReturn:
        raise BadInput(
            expected=f"{expected} in the rule {self._rule.name!r}",
            found=found,
            fix="Correct `require` or `when` of that rule in the schema.",
        )
