"""Packs of rules for what many tables hold: read from TOML files beside this one, over names of their own, and written
out for the columns of a table."""

from __future__ import annotations

import keyword
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.rules import check_rules, judge
from fewfold.data.rules.expression import QUOTED
from fewfold.data.schema import Rule, Schema
from fewfold.data.schema_toml import rule_lines
from fewfold.data.ucum import convert, unit

_FEMALE = frozenset({"f", "female", "w", "woman", "women"})
_MALE = frozenset({"m", "male", "man", "men"})
_WORD = re.compile(r"[A-Za-z_]\w*")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Known(_Strict):
    """A variable that the rules of a pack name: its ``unit`` there (UCUM), other names of it in lower case with ``_``
    for all that is no letter or digit, and its ``molar_mass`` in g/mol where labs report mass or substance."""

    unit: str | None = None
    aliases: tuple[str, ...] = ()
    molar_mass: float | None = None


class Template(_Strict):
    """A rule of a pack; with ``each`` it stands for one rule a variable, whose name takes the place of ``{}``."""

    name: str
    require: str
    when: str | None = None
    severity: str = "hard"
    tolerance: float | None = None
    rate: tuple[float, float] | None = None
    source: str
    each: tuple[str, ...] = ()


class ReferenceInterval(_Strict):
    """Between which ``limits`` 95 % of healthy people lie: of one ``sex``, and from an age in years up to below
    another, where these are given."""

    variable: str
    limits: tuple[float, float]
    source: str
    unit: str | None = None
    sex: str | None = None
    age: tuple[float, ...] = ()


class Pack(_Strict):
    """A file of rules. It is for tables that have all variables in ``needs``."""

    title: str
    needs: tuple[str, ...]
    variables: dict[str, Known]
    rules: tuple[Template, ...]
    intervals: tuple[ReferenceInterval, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """What a pack has to say of a table.

    ``columns``: the column taken for each variable of the pack; ``assumed``: the unit that a column without one is
    taken to have; ``rules``: written for the columns; ``left_out``: rules that cannot be used, or that real records
    break, with the reason.
    """

    name: str
    title: str
    columns: dict[str, str]
    assumed: dict[str, str]
    rules: tuple[Rule, ...]
    left_out: tuple[tuple[Rule, str], ...] = ()


@cache
def packs() -> dict[str, Pack]:
    """All packs by name."""
    found = sorted(file.name for file in files(__name__).iterdir() if file.name.endswith(".toml"))
    return {name.removesuffix(".toml"): _read(name) for name in found}


def _read(name: str) -> Pack:
    return Pack.model_validate(tomllib.loads(files(__name__).joinpath(name).read_text(encoding="utf-8")))


def propose_packs(schema: Schema, cohort: Cohort | None = None) -> list[Proposal]:
    """The packs that fit the columns of a schema, with their rules written for these columns.

    Columns are known by name or label. With a ``cohort`` every hard rule is tried on its records, and one that any of
    them breaks is left out and told. A rule that an earlier pack proposed is not proposed again.
    """
    said: set[tuple[str, str | None]] = set()
    made = []
    for name in packs():
        proposal = apply_pack(name, schema, recognise(name, schema))
        proposal = tried(proposal, cohort) if cohort is not None else proposal
        new = tuple(rule for rule in proposal.rules if (rule.require, rule.when) not in said)
        said.update((rule.require, rule.when) for rule in new)
        if new and all(variable in proposal.columns for variable in packs()[name].needs):
            made.append(replace(proposal, rules=new))
    return made


def recognise(name: str, schema: Schema) -> dict[str, str]:
    """The column for each variable of a pack that exactly one column is named like."""
    columns = [v for v in schema.variables if v.role not in ("subject", "site", "ignore")]
    called = {v.name: {_plain(v.name), _plain(v.label or "")} for v in columns}
    found = {}
    for canonical, known in packs()[name].variables.items():
        names = {canonical, *known.aliases}
        like = [column for column, words in called.items() if names & words]
        if len(like) == 1:
            found[canonical] = like[0]
    return found


def apply_pack(name: str, schema: Schema, columns: dict[str, str]) -> Proposal:
    """The rules of a pack over the given ``columns`` (variable of the pack: column of the table). Raises ``BadInput``
    for a pack, variable or column that is not there."""
    if name not in packs():
        raise BadInput(expected=f"one of the packs {', '.join(packs())}", found=repr(name), fix="Check the spelling.")
    pack = packs()[name]
    for canonical, column in columns.items():
        if canonical not in pack.variables:
            raise BadInput(
                expected=f"a variable of the pack {name!r}: {', '.join(pack.variables)}",
                found=repr(canonical),
                fix="Check the spelling.",
            )
        schema[column]
    assumed = {
        column: unit_of
        for canonical, column in columns.items()
        if (unit_of := pack.variables[canonical].unit) and schema[column].unit is None
    }
    proposal = Proposal(name, pack.title, columns, assumed, ())
    written, left_out = [], []
    for rule, units in _templates(pack, schema, columns):
        if set(_names(rule)) & pack.variables.keys() <= columns.keys():
            try:
                written.append(_written(rule, units, pack, schema, columns))
            except BadInput as error:
                left_out.append((rule, f"{error.expected}; found {error.found}"))
    return replace(proposal, rules=tuple(written), left_out=tuple(left_out))


def tried(proposal: Proposal, cohort: Cohort) -> Proposal:
    """The same without the hard rules that records of the cohort break."""
    holding, failing = [], list(proposal.left_out)
    for rule in proposal.rules:
        judged = judge(rule, cohort)
        broken, n = int(judged.broken.sum()), int(judged.judged.sum())
        if rule.severity == "hard" and broken:
            why = "is a column in another unit?" if broken > n / 2 else "these rows, or the rule, are wrong"
            failing.append((rule, f"{broken} of {n} records break it: {why}"))
        else:
            holding.append(rule)
    return replace(proposal, rules=tuple(holding), left_out=tuple(failing))


def pack_lines(proposals: list[Proposal]) -> list[str]:
    """The rules of proposals as TOML, those left out as comments."""
    lines = []
    for proposal in proposals:
        took = ", ".join(f"{column} as {name}" for name, column in proposal.columns.items() if column != name)
        lines += ["", f"# {proposal.title} (the pack {proposal.name})" + (f". Read: {took}" if took else "")]
        if proposal.assumed:
            said = ", ".join(f"{column} in {unit_of}" for column, unit_of in proposal.assumed.items())
            lines.append(f"# Units not declared above, so taken to be: {said}")
        for rule in proposal.rules:
            lines += ["", *rule_lines(rule)]
        for rule, reason in proposal.left_out:
            lines += ["", f"# Left out: {reason}", *(f"# {line}" for line in rule_lines(rule))]
    return [re.sub(r"[\x00-\x1f\x7f]+", " ", line) for line in lines]


def _templates(pack: Pack, schema: Schema, columns: dict[str, str]) -> list[tuple[Rule, dict[str, str]]]:
    """Every rule of a pack over its own names, and units other than those of the pack in which it reads some. Intervals
    for a sex are only for tables in which the levels of the sex have names."""
    made = []
    for template in pack.rules:
        fields = template.model_dump(exclude={"each"})
        for name in template.each or ("",):
            one = {key: value.replace("{}", name) if isinstance(value, str) else value for key, value in fields.items()}
            made.append((Rule(**one), dict[str, str]()))
    for interval in pack.intervals:
        level = _level(interval.sex, schema, columns) if interval.sex else ""
        if level is not None:
            made.append(_interval(interval, level))
    return made


def _interval(interval: ReferenceInterval, level: str) -> tuple[Rule, dict[str, str]]:
    """The soft rule for a reference interval, with the level of the sex, and its unit."""
    who, conditions = [], []
    if interval.sex:
        who.append(interval.sex)
        conditions.append(f"sex == '{level}'")
    if interval.age:
        who.append(
            " to below ".join(f"{age:g}" for age in interval.age) + (" years" if interval.age[1:] else " years on")
        )
        conditions.append(f"age >= {interval.age[0]:g}")
        conditions += [f"age < {age:g}" for age in interval.age[1:]]
    rule = Rule(
        name=f"{interval.variable} as in the healthy" + (f" ({', '.join(who)})" if who else ""),
        require=f"{interval.limits[0]:g} <= {interval.variable} <= {interval.limits[1]:g}",
        when=" and ".join(conditions) or None,
        severity="soft",
        source=interval.source,
    )
    return rule, {interval.variable: interval.unit} if interval.unit else {}


def _level(sex: str, schema: Schema, columns: dict[str, str]) -> str | None:
    """The level of the column of the sex that means it by its name; None where levels are numbers."""
    words = _FEMALE if sex == "female" else _MALE
    levels = schema[columns["sex"]].levels or () if "sex" in columns else ()
    like = [level for level in levels if isinstance(level, str) and level.strip().lower() in words and "'" not in level]
    return like[0] if len(like) == 1 else None


def _written(rule: Rule, other: dict[str, str], pack: Pack, schema: Schema, columns: dict[str, str]) -> Rule:
    """A rule over the columns of the table, in their units. Raises ``BadInput`` where that cannot be."""
    texts, units = {}, {}
    for name in set(_names(rule)) & pack.variables.keys():
        known, variable = pack.variables[name], schema[columns[name]]
        have, want = variable.unit or known.unit, other.get(name, known.unit)
        texts[name] = quoted(variable.name)
        if have is None or want is None or have == want:
            continue
        if unit(have).dimension != unit(want).dimension and known.molar_mass:
            texts[name] = f"({texts[name]} * {_factor(have, want, known.molar_mass):.6g})"
        elif variable.unit is None:
            texts[name] = f"({texts[name]} * {convert(1.0, have, want):.6g})"
        else:
            units[variable.name] = want
    new = {
        "require": _renamed(rule.require, texts),
        "when": None if rule.when is None else _renamed(rule.when, texts),
        "units": units,
    }
    made = rule.model_copy(update=new)
    check_rules(Schema(variables=schema.variables, rules=(made,)))
    return made


def _factor(have: str, want: str, molar_mass: float) -> float:
    """From mass per volume into substance per volume, or back, for a substance of ``molar_mass`` g/mol."""
    if unit(have).dimension == unit("g/L").dimension:
        return float(convert(convert(1.0, have, "g/L") / molar_mass, "mol/L", want))
    return float(convert(convert(1.0, have, "mol/L") * molar_mass, "g/L", want))


def _names(rule: Rule) -> list[str]:
    """The words of a rule outside quoted texts."""
    return [word for text in (rule.require, rule.when or "") for word in _WORD.findall(QUOTED.sub(" ", text))]


def _renamed(text: str, texts: dict[str, str]) -> str:
    """Each word replaced; quoted texts stay."""
    either = re.compile(rf"{QUOTED.pattern}|(?P<word>{_WORD.pattern})")
    return either.sub(lambda found: texts.get(found["word"] or "", found[0]), text)


def quoted(name: str) -> str:
    """A column name as rules write it: in backticks where it is no plain word."""
    reserved = {"if", "then", "abs", "min", "max", "missing", "previous", "first"}
    plain = name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and name not in reserved
    if not plain and "`" in name:
        raise BadInput(expected="a column name without a backtick", found=repr(name), fix="Rename the column.")
    return name if plain else f"`{name}`"


def _plain(name: str) -> str:
    """Lower case, a percent sign as pct, one underscore for all that is no letter or digit."""
    spelt = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", name).lower().replace("%", " pct ")
    return re.sub(r"[^a-z0-9]+", "_", spelt).strip("_")
