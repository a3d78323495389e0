"""Puts the parts of a result together, the same way for a study and for the judgement of given rows."""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np

from fewfold.data.cohort import Cohort
from fewfold.data.rules import violations
from fewfold.study import audit
from fewfold.study.cells import units
from fewfold.study.composition import composition
from fewfold.study.findings import finding
from fewfold.study.measures import measures
from fewfold.study.noise import not_run
from fewfold.study.outcomes import ArmKey
from fewfold.study.paragraph import methods_paragraph
from fewfold.study.result import Figures, Finding, Power, Primary, Protocol, Result, Verdict
from fewfold.study.settings import Settings

MOST_COPIES = 0.05
LEAST_FEATURES = 4


def assemble(
    cohort: Cohort,
    settings: Settings,
    power: Power,
    protocol: dict[str, Any],
    *,
    design: str,
    excluded: dict[str, int],
    cells: int,
    **parts: Any,
) -> Result:
    """A whole result. ``design`` is the sentence on how patients were split."""
    sizes = composition(cohort, settings, excluded)
    trail = audit.provenance(cohort, settings, protocol["data"], cells)
    target = cohort.schema.target
    name = (target.label or target.name) if target else ""
    paragraph = methods_paragraph(
        name, settings, sizes, power, parts["negative_control"], trail, parts["verdicts"], design
    )
    return Result(
        title=settings.title,
        target=target.name if target else "",
        task=cast(Literal["binary", "multiclass", "continuous"], cohort.task),
        minimum_detectable_effect=power.minimum_detectable_effect,
        power=power,
        composition=sizes,
        methods_paragraph=paragraph,
        protocol=Protocol(
            hash=protocol["hash"],
            settings=protocol["settings"],
            splits_hash=protocol["splits"],
            confirmatory=settings.confirmatory,
        ),
        provenance=trail,
        measures=measures(m.name for m in parts["metrics"]),
        **parts,
    )


def refusal(settings: Settings, obstacle: str, about: list[Finding]) -> dict[str, Any]:
    """The parts of a result that cannot be estimated: a reason, and no number."""
    primary = Primary(metric=settings.primary, estimate=None, low=None, high=None, against=None)
    keys: list[ArmKey] = [(spec.name, ratio) for spec in settings.methods for ratio in settings.ratios]
    return {
        "verdicts": [
            Verdict(
                method=name,
                ratio=ratio,
                verdict="not_estimable",
                reason=f"Not estimable: {obstacle}.",
                primary=primary,
                findings=["FF601"],
            )
            for name, ratio in keys
        ],
        "negative_control": not_run(obstacle),
        "contrasts": [],
        "metrics": [],
        "findings": [finding("FF601", obstacle), *about],
        "figures": Figures(),
    }


def repeated_records(cohort: Cohort) -> int:
    """Rows that equal an earlier row of another patient in every feature and the target; 0 in tables of fewer than
    four features, where patients are alike by chance."""
    if len(cohort.schema.features) < LEAST_FEATURES:
        return 0
    same = np.unique(np.nan_to_num(cohort.modelled, nan=np.inf), axis=0, return_inverse=True)[1]
    owners = np.unique(np.column_stack([same, cohort.subjects]), axis=0)
    return int(len(owners) - len(np.unique(owners[:, 0])))


def about_data(cohort: Cohort, settings: Settings, power: Power, excluded: dict[str, int]) -> list[Finding]:
    """Findings about the cohort and the design, known before anything runs."""
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
    broken = int(violations(cohort).any(axis=1).sum())
    if broken:
        found.append(finding("FF402", f"{broken} of {len(cohort)} rows"))
    features = len(cohort.schema.features)
    if features > cohort.n_subjects:
        found.append(finding("FF104", f"{features} features, {cohort.n_subjects} patients"))
    ignored = [v.name for v in cohort.schema.variables if v.role == "ignore"]
    if ignored:
        found.append(finding("FF105", ", ".join(ignored)))
    detectable = power.minimum_detectable_effect
    if detectable is not None and detectable > power.smallest_effect:
        found.append(finding("FF604", power.statement))
    if not settings.confirmatory:
        found.append(finding("FF605", f"{settings.repeats} repeats, ratios {list(settings.ratios)}"))
    return found
