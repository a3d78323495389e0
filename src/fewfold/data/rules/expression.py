"""Reads the expressions of a rule over the records of a cohort. Nothing is ever evaluated as code.

The language: comparisons (also chained, also ``in (...)``) between columns, numbers, quoted texts, ``+ - * /`` of them
and the functions below, joined by ``and``, ``or``, ``not``; around it all at most one ``if ... then ...``. Awkward
column names stand in backticks. Dates compare with dates and with quoted ISO dates; the difference of two dates is in
days. Levels compare by equality, and by order where the variable is ordinal; levels that are numbers are numbers.
Equality is within 1e-9, or within the tolerance of the rule.

``abs(x)``, ``min(x, y, ...)``, ``max(x, y, ...)``; ``missing(column)`` is a condition; ``previous(column)`` and
``first(column)`` are the column at the patient's visit before this one, and at the first.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NoReturn

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools, Floats, Level
from fewfold.data.cohort import Cohort
from fewfold.data.rules.visits import at_first, at_previous
from fewfold.data.schema import Rule, Variable
from fewfold.data.ucum import convert

QUOTED = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>[^"]*)"|`(?P<name>[^`]+)`""")
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_EXTREME: dict[str, Callable[[Any, Any], Any]] = {"min": np.minimum, "max": np.maximum}
_VISITS = {"previous": at_previous, "first": at_first}


@dataclass(frozen=True)
class _Operand:
    """One side of a comparison. ``values``: (n,) or one number; level codes where there are ``levels``."""

    kind: Literal["number", "date", "level", "text"]
    values: Any
    levels: tuple[Level, ...] = ()
    ordered: bool = False
    open: bool = False  # other levels than these may exist


@dataclass(frozen=True)
class _Parsed:
    """``condition`` and, before it, ``given``; the names that stand for awkward columns and for quoted texts."""

    given: ast.expr | None
    condition: ast.expr
    columns: Mapping[str, str]
    texts: Mapping[str, str]


class Reader:
    """Reads the expressions of one rule over one cohort; ``known``: the records that miss nothing that is named."""

    def __init__(self, rule: Rule, cohort: Cohort) -> None:
        self._rule, self._cohort = rule, cohort
        self._slack = 0.0
        self.known: Bools = np.ones(len(cohort), dtype=bool)
        for name in rule.units:
            if name not in cohort.table.columns:
                self._refuse_column(name, "Correct `units` of that rule in the schema.")

    def judge(self, text: str, *, tolerance: float = 0.0) -> Bools:
        """(n,) whether each record meets the condition; numbers may miss by ``tolerance``."""
        self._slack = tolerance
        try:
            self._parsed = _parse(text)
            met = self._condition(self._parsed.condition)
            if self._parsed.given is None:
                return met
            self._slack = 0.0
            return ~self._condition(self._parsed.given) | met
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if isinstance(error, BadInput):
                raise
        return self._refuse("an expression such as `age >= 18`", repr(text))

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
            case ast.Call(func=ast.Name(id="missing"), args=[ast.Name(id=name)], keywords=[]):
                absent: Bools = self._cohort.table[self._named(name)].isna().to_numpy()
                return absent
        return self._refuse("a comparison such as `age >= 18`", repr(ast.unparse(node)))

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Bools:
        if isinstance(op, (ast.In, ast.NotIn)):
            if not isinstance(right, (ast.Tuple, ast.List)):
                return self._refuse("a list of values after `in`", repr(ast.unparse(right)))
            equal = [self._compare(left, ast.Eq(), each) for each in right.elts]
            among = np.logical_or.reduce(equal) if equal else np.zeros(len(self.known), dtype=bool)
            return ~among if isinstance(op, ast.NotIn) else among
        a, b = self._aligned(self._operand(left), self._operand(right))
        slack = self._slack if a.kind == "number" else 0.0
        if isinstance(op, (ast.Eq, ast.NotEq)):
            size = np.maximum(1.0, np.maximum(np.abs(a.values), np.abs(b.values)))
            equal = np.isfinite(size) & (np.abs(a.values - b.values) <= 1e-9 * size + slack)
            return self._every(~equal if isinstance(op, ast.NotEq) else equal)
        if a.kind == "level" and not (a.ordered and b.ordered):
            self._refuse("== or != between levels without an order", repr(ast.unparse(left)))
        return self._every(self._ordered(op, a.values, b.values, slack))

    def _ordered(self, op: ast.cmpop, a: Any, b: Any, slack: float) -> Any:
        match op:
            case ast.Lt():
                return a < b + slack
            case ast.LtE():
                return a <= b + slack
            case ast.Gt():
                return a > b - slack
            case ast.GtE():
                return a >= b - slack
        return self._refuse("one of < <= > >= == != in", type(op).__name__)

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
            return a, _Operand("level", codes[np.nan_to_num(b.values, nan=-1).astype(np.int64)])
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
            case ast.Constant(value=int() | float() as number) if abs(number) < 1e300:
                return _Operand("number", float(number))
            case ast.Name(id=name) if name in self._parsed.texts:
                return _Operand("text", self._parsed.texts[name])
            case ast.Name(id=name):
                column = self._column(self._named(name))
                return self._seen(column)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._calculated(ast.Sub(), _Operand("number", 0.0), self._operand(inner))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._calculated(op, self._operand(left), self._operand(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if args:
                return self._called(name, args)
        return self._refuse("columns, numbers, quoted texts and + - * / of them", repr(ast.unparse(node)))

    def _called(self, name: str, args: list[ast.expr]) -> _Operand:
        match name, args:
            case (("previous" | "first"), [ast.Name(id=column)]):
                operand = self._column(self._named(column))
                try:
                    values = _VISITS[name](self._cohort, np.asarray(operand.values))
                except LookupError as error:
                    return self._refuse("columns with the roles subject and visit_time", str(error.args[0]))
                return self._seen(replace(operand, values=values))
            case "abs", [inner]:
                operand = self._number(inner)
                return replace(operand, values=np.abs(operand.values))
            case (("min" | "max"), [inner, *others]):
                operand = self._number(inner)
                for other in others:
                    values = _EXTREME[name](operand.values, self._number(other).values)
                    operand = replace(operand, values=values)
                return operand
        return self._refuse("one of the functions abs, min, max, missing, previous, first", f"{name}(...)")

    def _number(self, node: ast.expr) -> _Operand:
        operand = self._operand(node)
        if operand.kind != "number":
            self._refuse("numbers in abs, min and max", repr(ast.unparse(node)))
        return operand

    def _calculated(self, op: ast.operator, a: _Operand, b: _Operand) -> _Operand:
        kinds = (a.kind, type(op), b.kind)
        if kinds == ("date", ast.Sub, "date") or (a.kind == "number" and b.kind == "number"):
            kind: Literal["number", "date"] = "number"
        elif kinds in (("date", ast.Add, "number"), ("date", ast.Sub, "number"), ("number", ast.Add, "date")):
            kind = "date"
        else:
            self._refuse("numbers, or a date and days, to calculate with", f"a {a.kind} and a {b.kind}")
        return _Operand(kind, _ARITHMETIC[type(op)](np.asarray(a.values), b.values))

    def _named(self, name: str) -> str:
        column = self._parsed.columns.get(name, name)
        if column not in self._cohort.table.columns:
            self._refuse_column(column, "Correct `require` or `when` of that rule in the schema.")
        return column

    def _seen(self, operand: _Operand) -> _Operand:
        """The same; records in which it is missing are not judged."""
        absent = operand.values < 0 if operand.kind == "level" else False
        self.known = self.known & ~(np.isnan(operand.values) | absent)
        return operand

    def _column(self, name: str) -> _Operand:
        column, variable = self._cohort.table[name], self._cohort.schema[name]
        if variable.kind == "datetime":
            stamps = column.to_numpy(dtype="datetime64[ns]")
            return _Operand("date", np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 86_400e9))
        levels = variable.levels or ()
        if variable.numeric or (levels and all(isinstance(level, (int, float)) for level in levels)):
            values: Floats = np.asarray(column, dtype=np.float64)
            return _Operand("number", self._converted(values, variable))
        texts = levels or tuple(column.dropna().unique())
        codes = pd.Categorical(column, categories=list(texts)).codes.astype(np.float64)
        return _Operand("level", codes, texts, ordered=variable.kind == "ordinal", open=not levels)

    def _converted(self, values: Floats, variable: Variable) -> Floats:
        want = self._rule.units.get(variable.name)
        if want is None:
            return values
        if variable.unit is None:
            return self._refuse(f"a unit of {variable.name!r}, which is to be read in {want!r}", "none in the schema")
        try:
            return convert(values, variable.unit, want)
        except BadInput as error:
            return self._refuse(f"{error.expected}, for {variable.name!r}", error.found)

    def _refuse_column(self, name: str, fix: str) -> NoReturn:
        raise BadInput(
            expected=f"one of the columns {', '.join(map(str, self._cohort.table.columns))} "
            f"in the rule {self._rule.name!r}",
            found=repr(name),
            fix=fix,
        )

    def _refuse(self, expected: str, found: str) -> NoReturn:
        raise BadInput(
            expected=f"{expected} in the rule {self._rule.name!r}",
            found=found,
            fix="Correct that rule in the schema.",
        )


@lru_cache(maxsize=1024)
def _parse(text: str) -> _Parsed:
    """Raises what ``ast.parse`` raises."""
    columns: dict[str, str] = {}
    texts: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        """A plain name for what is quoted, so that nothing in it is read."""
        if found["name"] is not None:
            columns[f"_column_{len(columns)}"] = found["name"]
            return f" _column_{len(columns) - 1} "
        texts[f"_text_{len(texts)}"] = found["single"] if found["single"] is not None else found["double"]
        return f" _text_{len(texts) - 1} "

    plainly = QUOTED.sub(plain, text).strip()
    implication = re.fullmatch(r"if\b(.+?)\bthen\b(.+)", plainly, re.DOTALL)
    parts = [implication[1], implication[2]] if implication else [plainly]
    nodes = [ast.parse(part.strip(), mode="eval").body for part in parts]
    return _Parsed(nodes[0] if implication else None, nodes[-1], columns, texts)
