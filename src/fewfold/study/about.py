"""What a reader must know of the cohort before anything runs, and of its source after that."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fewfold.data.cohort import Cohort
from fewfold.data.rules import judge, violations
from fewfold.data.units import units
from fewfold.methods.borrowing import NOTHING
from fewfold.metrics.base import share_interval
from fewfold.metrics.utility.scores import auroc
from fewfold.study.findings import finding
from fewfold.study.result import Finding, Power
from fewfold.study.settings import Settings

MOST_COPIES = 0.05  # share of rows
LEAST_FEATURES = 4
GIVEAWAY, LEAST_KNOWN = 0.495, 20  # distance of an AUROC from 0.5; rows with a value


def about_data(cohort: Cohort, power: Power, excluded: dict[str, int]) -> list[Finding]:
    """Findings about the cohort and what can be seen in it, known before anything runs."""
    found = [*_about_rows(cohort, excluded), *_about_columns(cohort)]
    detectable = power.minimum_detectable_effect
    if detectable is not None and detectable > power.smallest_effect:
        found.append(finding("FF604", power.statement))
    return found


def little_borrowed(settings: Settings, choices: Mapping[str, Mapping[str, int]]) -> list[Finding]:
    """Of each method with a source that took nothing from it in most fits."""
    found = []
    for name in (arm.name for arm in settings.methods if arm.source):
        told = choices.get(name, {})
        fits, none = sum(told.values()), told.get(NOTHING, 0)
        if none > fits / 2:
            found.append(finding("FF606", f"nothing in {none} of {fits} fits", method=name))
    return found


def _about_rows(cohort: Cohort, excluded: dict[str, int]) -> list[Finding]:
    found = []
    if excluded:
        found.append(finding("FF101", ", ".join(f"{n} rows {why}" for why, n in excluded.items())))
    if len(cohort) > cohort.n_subjects:
        found.append(finding("FF103", f"{len(cohort)} rows of {cohort.n_subjects} patients"))
    copies = repeated_records(cohort)
    if copies > MOST_COPIES * len(cohort):
        found.append(finding("FF106", f"{copies} of {len(cohort)} rows equal a row of another patient"))
    mixed = len(np.unique(units(cohort))) - cohort.n_subjects
    if mixed:
        found.append(finding("FF107", f"{mixed} patients; each of their classes is scored on its own"))
    contradicted = [*_broken(cohort), *_outside(cohort)]
    if contradicted:
        found.append(finding("FF402", "; ".join(contradicted)))
    return found


def _broken(cohort: Cohort) -> list[str]:
    """Hard rules that rows break."""
    counts = violations(cohort).sum()
    return [f"{name!r}: {count} of {len(cohort)} rows" for name, count in counts[counts > 0].items()]


def _outside(cohort: Cohort) -> list[str]:
    """Soft rules whose rate lies outside its reference with its whole 95 % interval, counted in patients."""
    told = []
    for rule in cohort.schema.rules:
        if rule.rate is None:
            continue
        judged = judge(rule, cohort)
        n = len(np.unique(cohort.subjects[judged.judged]))
        share = share_interval(judged.rate * n, n) if n else None
        if share and (share.high < rule.rate[0] or share.low > rule.rate[1]):
            reference = f"reference {rule.rate[0]:g} to {rule.rate[1]:g}"
            told.append(f"{rule.name!r}: rate {judged.rate:.2f} ({share.low:.2f} to {share.high:.2f}), {reference}")
    return told


def _about_columns(cohort: Cohort) -> list[Finding]:
    found = []
    features = len(cohort.schema.features)
    if features > cohort.n_subjects:
        found.append(finding("FF104", f"{features} features, {cohort.n_subjects} patients"))
    ignored = [v.name for v in cohort.schema.variables if v.role == "ignore"]
    if ignored:
        found.append(finding("FF105", ", ".join(ignored)))
    telling = giveaways(cohort)
    if telling:
        found.append(finding("FF108", ", ".join(telling)))
    return found


def repeated_records(cohort: Cohort) -> int:
    """Rows that equal an earlier row of another patient in every feature and the target; 0 in tables of fewer than
    four features, where patients are alike by chance."""
    if len(cohort.schema.features) < LEAST_FEATURES:
        return 0
    same = np.unique(np.nan_to_num(cohort.modelled, nan=np.inf), axis=0, return_inverse=True)[1]
    owners = np.unique(np.column_stack([same, cohort.subjects]), axis=0)
    return int(len(owners) - len(np.unique(owners[:, 0])))


def giveaways(cohort: Cohort) -> list[str]:
    """Features that rank the patients of some class almost perfectly on their own."""
    if cohort.task in ("continuous", "survival"):
        return []
    out = []
    for variable, x in zip(cohort.schema.features, cohort.matrix.T, strict=True):
        known = ~np.isnan(x)
        areas = [auroc((cohort.y[known] == k).astype(float), x[known]) for k in np.unique(cohort.y)]
        if known.sum() >= LEAST_KNOWN and max((abs(a - 0.5) for a in areas if np.isfinite(a)), default=0) >= GIVEAWAY:
            out.append(variable.name)
    return out
