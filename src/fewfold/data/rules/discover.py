"""Rules that the training patients keep without exception, to be accepted or refused by a person.

A rule is shown only where that means something: at least ``LEAST`` patients keep it, none breaks it, and re-paired
columns would keep it by chance with a probability that, times the number of rules of its kind that were tried, is at
most ``CHANCE``. Nothing found here acts before somebody accepts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from math import ceil, floor, log, log10

import numpy as np

from fewfold.core.errors import Leakage
from fewfold.core.types import Bools, Floats, Level
from fewfold.data.cohort import Cohort, as_float
from fewfold.data.provenance import HOLDOUT
from fewfold.data.rules import judge
from fewfold.data.rules.packs import quoted
from fewfold.data.schema import Rule, Variable
from fewfold.data.schema_toml import rule_lines

LEAST = 29  # patients: the smallest number of which none breaks a rule that at most 10 % break (one-sided 95 %)
CHANCE = 0.01
CONTRAST = 0.05  # share of re-paired records that break an order; below it the limits of the columns say it all
NARROW = 0.05  # width of an identity in standard deviations, or as a share where it is a product
ROOM = 2.0  # how much wider than in the patients seen an identity is proposed
MOST_COLUMNS, MOST_LEVELS, MOST_ROWS = 40, 10, 2000


@dataclass(frozen=True)
class Discovered:
    """A ``rule`` that ``patients`` patients keep and none breaks: so up to a share ``upper`` may break it (95 %,
    one-sided). ``chance``: how many such rules to expect among re-paired columns."""

    rule: Rule
    patients: int
    upper: float
    chance: float

    @property
    def reason(self) -> str:
        """Why it is proposed, for people."""
        return (
            f"kept by all {self.patients} patients of whom it speaks; up to {100 * self.upper:.1f} % may still break "
            f"it. Expected by chance: {'fewer than 1e-6' if self.chance < 1e-6 else f'{self.chance:.2g}'}"
        )


@dataclass(frozen=True)
class _Candidate:
    """``doubt``: logarithm of the probability that re-paired columns keep it."""

    name: str
    require: str
    doubt: float
    tolerance: float | None = None


def discover(cohort: Cohort) -> list[Discovered]:
    """Rules of the training patients: orders, sums, products, levels that follow from levels, implied missingness.

    The smallest number of patients is 29. Raises ``Leakage`` for holdout or synthetic rows.
    """
    if (cohort.provenance.part == HOLDOUT).any() or cohort.provenance.is_synthetic.any():
        raise Leakage(
            expected="training patients to find rules in",
            found="holdout or synthetic rows",
            fix="Pass the training part.",
        )
    if cohort.n_subjects < LEAST:
        return []
    known = {rule.require for rule in cohort.schema.rules}
    return [
        found
        for tried in (_orders(cohort), _identities(cohort), _levels(cohort), _missing(cohort))
        for found in _accepted(list(tried), cohort)
        if found.rule.require not in known
    ]


def discovered_lines(found: list[Discovered]) -> list[str]:
    """The rules as TOML that does not act: comments."""
    if not found:
        return []
    lines = ["", "# Seen in these patients. None of it acts: take the # away from what must hold for every patient."]
    for one in found:
        lines += ["#", f"# {one.reason}", *(f"# {line}" for line in rule_lines(one.rule))]
    return lines


def range_rules(cohort: Cohort) -> list[Rule]:
    """For each numeric column a soft rule that values lie in the range seen; its rate is the share of patients of whom
    that can be said with 95 % confidence whatever the distribution (Wilks 1941, 10.1214/aoms/1177731788)."""
    rules = []
    for variable, values in _numbers(cohort):
        kept = ~np.isnan(values)
        patients = _patients(cohort, kept)
        if patients >= LEAST and variable.kind != "datetime":
            low, high = (f"{v:.6g}" for v in (values[kept].min(), values[kept].max()))
            share = floor(1000 * covered(patients)) / 1000
            rules.append(
                Rule(
                    name=f"{variable.name} in the range seen",
                    require=f"{low} <= {quoted(variable.name)} <= {high}",
                    severity="soft",
                    tolerance=float(f"{np.ptp(values[kept]) * 1e-5:.1g}") or None,
                    rate=(share, 1.0),
                    source=f"{patients} training patients; Wilks 1941, 10.1214/aoms/1177731788",
                )
            )
    return rules


def covered(n: int) -> float:
    """The share of a population that lies between the smallest and largest of ``n`` values with 95 % confidence: the
    root of n b^(n-1) - (n-1) b^n = 0.05."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if n * middle ** (n - 1) - (n - 1) * middle**n < 0.05 else (low, middle)
    return low


def _accepted(tried: list[_Candidate], cohort: Cohort) -> Iterator[Discovered]:
    for one in tried:
        if one.doubt + log(max(len(tried), 1)) > log(CHANCE):
            continue
        rule = Rule(name=one.name, require=one.require, tolerance=one.tolerance, source="seen in the training patients")
        judged = judge(rule, cohort)
        applies = judged.judged & _condition_met(one.require, cohort)
        patients = _patients(cohort, applies)
        if patients >= LEAST and not judged.broken.any():
            upper = 1 - 0.05 ** (1 / patients)
            yield Discovered(rule, patients, upper, float(np.exp(one.doubt)) * len(tried))


def _condition_met(require: str, cohort: Cohort) -> Bools:
    """The records of which an implication speaks; all for other rules."""
    if not require.startswith("if "):
        return np.ones(len(cohort), dtype=bool)
    condition = require.removeprefix("if ").rsplit(" then ", 1)[0]
    return judge(Rule(name="condition", require=condition), cohort).met


def _patients(cohort: Cohort, rows: Bools) -> int:
    return len(np.unique(cohort.subjects[rows]))


def _numbers(cohort: Cohort) -> list[tuple[Variable, Floats]]:
    chosen = [v for v in cohort.schema.modelled if v.numeric or v.kind == "datetime"][:MOST_COLUMNS]
    return [(v, as_float(cohort.table[v.name], v)) for v in chosen if "`" not in v.name]


def _orders(cohort: Cohort) -> Iterator[_Candidate]:
    """a <= b for two columns in one unit. Of a <= b <= c the outer pair is not told."""
    held = {}
    for (a, x), (b, y) in permutations(_numbers(cohort), 2):
        both = ~np.isnan(x) & ~np.isnan(y)
        if (a.kind == "datetime") != (b.kind == "datetime") or a.unit != b.unit or not both.any():
            continue
        low, high = x[both], np.sort(y[both])
        broken = float(np.searchsorted(high, low, "left").mean() / len(high))
        doubt = _patients(cohort, both) * log(max(1 - broken, 1e-12))
        kept = bool((low <= y[both]).all()) and broken >= CONTRAST and bool((low < y[both]).any())
        held[a.name, b.name] = doubt if kept else 0.0
    told = {pair for pair, doubt in held.items() if doubt}
    middle = {name for pair in told for name in pair}
    for (low_name, high_name), doubt in held.items():
        if not any((low_name, m) in told and (m, high_name) in told for m in middle):
            require = f"{quoted(low_name)} <= {quoted(high_name)}"
            yield _Candidate(f"{low_name} is at most {high_name}", require, doubt)


def _identities(cohort: Cohort) -> Iterator[_Candidate]:
    """A column that is a sum or a product of others, from least squares on the values or on their logarithms, with
    coefficients that are whole numbers."""
    columns = [(v.name, x) for v, x in _numbers(cohort) if v.kind != "datetime" and np.nanstd(x) > 0]
    positive = [(name, np.log(x)) for name, x in columns if np.nanmin(x) > 0]
    yield from _sums(columns, cohort, product=False)
    yield from _sums(positive, cohort, product=True)


def _sums(columns: list[tuple[str, Floats]], cohort: Cohort, *, product: bool) -> Iterator[_Candidate]:
    columns = _enough(columns)
    left = list(range(len(columns)))
    for target in reversed(range(len(columns))):
        others = [j for j in left if j != target]
        if not others:
            return
        matrix = np.column_stack([columns[j][1] for j in others])
        y = columns[target][1]
        rows = ~np.isnan(matrix).any(axis=1) & ~np.isnan(y)
        one = _identity(matrix[rows], y[rows])
        name = columns[target][0]
        if one is None or not one[0].any():
            yield _Candidate(name, "", 0.0)
            continue
        weights, constant, width = one
        used = [(columns[j][0], int(k)) for j, k in zip(others, weights, strict=True) if k]
        limit = NARROW if product else NARROW * float(y[rows].std())
        if width > limit or _patients(cohort, rows) < LEAST:
            yield _Candidate(name, "", 0.0)
            continue
        left.remove(target)
        doubt = _patients(cohort, rows) * log(_by_chance(y[rows], matrix[rows] @ weights + constant, width))
        yield _product(name, used, constant, width, doubt) if product else _sum(name, used, constant, width, doubt)


def _enough(columns: list[tuple[str, Floats]]) -> list[tuple[str, Floats]]:
    """The columns without those that miss most, until three times as many rows as columns are complete."""
    chosen = sorted(columns, key=lambda column: int(np.isnan(column[1]).sum()))
    while len(chosen) > 1:
        complete = ~np.isnan(np.column_stack([x for _, x in chosen])).any(axis=1)
        if complete.sum() >= max(LEAST, 3 * len(chosen)):
            break
        chosen.pop()
    names = {name for name, _ in chosen}
    return [column for column in columns if column[0] in names]


def _identity(matrix: Floats, y: Floats) -> tuple[Floats, float, float] | None:
    """Whole-number weights, the constant and the largest distance of y from the identity."""
    spread = matrix.std(axis=0)
    if not (spread > 0).all() or not y.std() > 0:
        return None
    scaled = (matrix - matrix.mean(axis=0)) / spread
    weights = np.linalg.lstsq(scaled, y - y.mean(), rcond=1e-10)[0] / spread
    whole = np.round(weights)
    if np.abs(whole).max() > 3:
        return None
    rest = y - matrix @ whole
    constant = float((rest.max() + rest.min()) / 2)
    return whole, constant, float(np.ptp(rest) / 2)


def _by_chance(y: Floats, expected: Floats, width: float) -> float:
    """Share of re-paired records that lie within the width."""
    near = np.abs(y[:MOST_ROWS, None] - expected[None, :MOST_ROWS]) <= width * (1 + 1e-9) + 1e-12
    return max(float(near.mean()), 1e-12)


def _sum(name: str, used: list[tuple[str, int]], constant: float, width: float, doubt: float) -> _Candidate:
    nothing = abs(constant) <= width + 1e-9
    terms = [f"{'-' if k < 0 else '+'} {f'{abs(k)} * ' if abs(k) > 1 else ''}{quoted(column)}" for column, k in used]
    if not nothing:
        terms.append(f"{'-' if constant < 0 else '+'} {abs(constant):.6g}")
    text = " ".join(terms).removeprefix("+ ")
    room = _up(ROOM * width + (abs(constant) if nothing else 1e-5 * abs(constant)))
    return _Candidate(f"{name} is a sum", f"{quoted(name)} == {text}", doubt, room or None)


def _product(name: str, used: list[tuple[str, int]], constant: float, width: float, doubt: float) -> _Candidate:
    over = " * ".join(quoted(column) for column, k in used for _ in range(k))
    under = "".join(f" / {quoted(column)}" for column, k in used for _ in range(-k))
    factor = float(np.exp(constant))
    room = _up(ROOM * np.expm1(width) + 1e-4)
    text = (
        over if over and abs(factor - 1) < room / ROOM else f"{factor:.5g}" + (f" * {over}" if over else "")
    ) + under
    return _Candidate(f"{name} is a product", f"{1 - room:g} <= {quoted(name)} / ({text}) <= {1 + room:g}", doubt)


def _up(width: float) -> float:
    """Rounded up to two digits; 0 where it is rounding."""
    if width < 1e-9:
        return 0.0
    step = 10.0 ** (floor(log10(width)) - 1)
    return float(f"{ceil(width / step) * step:.2g}")


def _discrete(cohort: Cohort) -> list[tuple[Variable, Floats, list[tuple[str, Bools]]]]:
    """Discrete variables, their codes, and each level as a condition with the rows that meet it."""
    out = []
    for variable in cohort.schema.modelled:
        levels = variable.levels or ()
        if variable.discrete and len(levels) <= MOST_LEVELS and "`" not in variable.name:
            column = cohort.table[variable.name]
            rows = [
                (f"{quoted(variable.name)} == {_level(level)}", (column == level).to_numpy(dtype=bool))
                for level in levels
                if not isinstance(level, str) or "'" not in level
            ]
            out.append((variable, column.cat.codes.to_numpy().astype(np.float64), rows))
    return out


def _level(level: Level) -> str:
    return f"'{level}'" if isinstance(level, str) else repr(level)


def _levels(cohort: Cohort) -> Iterator[_Candidate]:
    """A level that fixes the level of another variable; one rule where all levels do (a functional dependency)."""
    variables = _discrete(cohort)
    for (a, _, conditions), (b, codes, outcomes) in permutations(variables, 2):
        known = codes >= 0
        pure = []
        for condition, rows in conditions:
            here = rows & known
            held = [(text, float(met[known].mean())) for text, met in outcomes if here.any() and met[here].all()]
            if held and held[0][1] < 1:
                pure.append((condition, held[0][0], _patients(cohort, here) * log(held[0][1])))
            elif here.any():
                pure.append((condition, "", 0.0))
        if len(pure) > 1 and all(text for _, text, _ in pure):
            text = " or ".join(f"({condition} and {outcome})" for condition, outcome, _ in pure)
            yield _Candidate(f"{a.name} fixes {b.name}", text, sum(doubt for _, _, doubt in pure))
            continue
        for condition, outcome, doubt in pure:
            require = f"if {condition} then {outcome}"
            yield _Candidate(f"{a.name} and {b.name}: {outcome}, {condition}", require, doubt)


def _missing(cohort: Cohort) -> Iterator[_Candidate]:
    """A level, or the absence of an earlier column, with which a column is always missing; the commonest for each."""
    names = [v.name for v in cohort.schema.modelled if "`" not in v.name]
    absent = {name: cohort.table[name].isna().to_numpy() for name in names}
    levels = [(v.name, text, rows) for v, _, found in _discrete(cohort) for text, rows in found]
    for position, name in enumerate(names):
        gone = absent[name]
        if not gone.any() or gone.all():
            continue
        earlier = [(other, f"missing({quoted(other)})", absent[other]) for other in names[:position]]
        given = [(text, rows) for other, text, rows in [*levels, *earlier] if other != name]
        always = [(_patients(cohort, rows), text) for text, rows in given if rows.any() and gone[rows].all()]
        patients, text = max(always, key=lambda found: found[0], default=(0, ""))
        for _ in range(len(given) - 1):
            yield _Candidate(name, "", 0.0)
        require = f"if {text} then missing({quoted(name)})"
        yield _Candidate(f"{name} is missing, {text}", require, patients * log(float(gone.mean())))
