"""Beyond the average: subgroups and sites, the sealed patients, and where the uncertainty comes from."""

from __future__ import annotations

from dataclasses import dataclass

from fewfold.report.names import Names
from fewfold.report.numbers import ABSENT, difference, p_value, percent, times
from fewfold.study.result import Result, Sealed, Subgroup


@dataclass(frozen=True)
class Grid:
    """A table with a title and a sentence on how to read it; ``rows`` begin with their heading."""

    title: str
    lead: str
    head: list[str]
    rows: list[list[str]]


_LOSS = {
    "continuous": "squared error over the variance",
    "survival": "integrated Brier score",
    "segmentation": "Dice",
}


def grids(result: Result, names: Names) -> list[Grid]:
    """What the result has of them."""
    out = [_subgroups(result, names)] if result.subgroups else []
    out += [_sealed(result.sealed, names)] if result.sealed else []
    return out + ([_variance(result, names)] if result.variance else [])


def _subgroups(result: Result, names: Names) -> Grid:
    shown = sorted(result.subgroups, key=lambda one: (one.p_holm is None, one.p_holm or 0.0, one.estimate or 0.0))
    loss = _LOSS.get(result.task, "Brier score")
    return Grid(
        "Subgroups and sites",
        f"The change of the {loss} in each against no augmentation; above zero the method is better.",
        ["Subgroup", "Patients", "Method", "Difference (95 % interval)", "p, Holm"],
        [
            [f"{s.variable}: {s.level}", str(s.n), _arm(names, s.method, s.ratio), _difference(s), p_value(s.p_holm)]
            for s in shown
        ],
    )


def _difference(row: Subgroup) -> str:
    if row.estimate is None:
        return f"not assessable: {row.reason}" if row.reason else ABSENT
    return difference(row.estimate, row.low, row.high)


def _sealed(sealed: Sealed, names: Names) -> Grid:
    seen = "looked at once, after it" if sealed.opened else "have not been looked at"
    return Grid(
        "Sealed patients",
        f"{sealed.n} patients were set aside before the study and {seen}.",
        ["Method", "Against", "Difference (95 % interval)", "p, Holm"],
        [
            [
                _arm(names, c.method, c.ratio),
                names.title(c.against),
                difference(c.estimate, c.low, c.high),
                p_value(c.p_holm),
            ]
            for c in sealed.contrasts
        ],
    )


def _variance(result: Result, names: Names) -> Grid:
    return Grid(
        "Where the uncertainty comes from",
        "Shares of the variance of the difference against no augmentation. Where the seed has the largest, another run "
        "would give another answer.",
        ["Method", "Score", "Patients", "Split", "Seed"],
        [
            [_arm(names, v.method, v.ratio), names.metric(v.metric), *map(percent, (v.patient, v.split, v.seed))]
            for v in result.variance
        ],
    )


def _arm(names: Names, arm: str, ratio: float) -> str:
    return f"{names.title(arm)} {times(ratio)}"
