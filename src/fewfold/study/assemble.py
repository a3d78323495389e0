"""Puts the parts of a result together, the same way for a study and for the judgement of given rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from fewfold.data.cohort import Cohort
from fewfold.study import audit
from fewfold.study.arms import ratios_of
from fewfold.study.composition import composition
from fewfold.study.findings import finding
from fewfold.study.measures import measures
from fewfold.study.noise import not_run
from fewfold.study.outcomes import ArmKey
from fewfold.study.paragraph import methods_paragraph
from fewfold.study.result import Finding, Power, Primary, Protocol, ProtocolKind, Result, Verdict
from fewfold.study.result_figures import Figures
from fewfold.study.settings import Settings


def assemble(
    cohort: Cohort,
    settings: Settings,
    power: Power,
    protocol: dict[str, Any],
    *,
    design: str,
    excluded: dict[str, int],
    cells: int,
    kind: ProtocolKind,
    choices: Mapping[str, Mapping[str, int]] | None = None,
    **parts: Any,
) -> Result:
    """A whole result. ``design`` is the sentence on how patients were split; ``kind`` is that of the protocol. What did
    not run has no size and no algorithm."""
    ran = {row.method for row in parts["metrics"] if row.learner}
    arms = [arm for arm in (*settings.controls, *settings.methods) if arm.name in ran]
    sizes = composition(cohort, arms, settings, excluded)
    trail = audit.provenance(cohort, arms, settings, protocol["data"], cells, choices or {})
    task = "segmentation" if settings.segment else cohort.task
    aim = cohort.schema.outcome[-1]
    name = f"{'the time to ' if task == 'survival' else ''}{aim.label or aim.name}"
    other = protocol["data"].get("source")
    source = f"{other['patients']} patients of {other['name']}" if other else ""
    told = methods_paragraph(
        name, kind, settings, arms, sizes, power, parts["negative_control"], parts["verdicts"], design, source
    )
    return Result(
        title=settings.title,
        target=settings.segment or aim.name,
        task=cast(Literal["binary", "multiclass", "continuous", "survival", "segmentation"], task),
        minimum_detectable_effect=power.minimum_detectable_effect,
        power=power,
        composition=sizes,
        methods_paragraph=told,
        protocol=Protocol(
            hash=protocol["hash"],
            settings=protocol["settings"],
            splits_hash=protocol["splits"],
            kind=kind,
            confirmatory=kind == "study",
        ),
        provenance=trail,
        measures=measures(m.name for m in parts["metrics"]),
        **parts,
    )


def refusal(settings: Settings, obstacle: str, about: list[Finding]) -> dict[str, Any]:
    """The parts of a result that cannot be estimated: a reason, and no number."""
    primary = Primary(metric=settings.primary, estimate=None, low=None, high=None, against=None)
    keys: list[ArmKey] = [(spec.name, ratio) for spec in settings.methods for ratio in ratios_of(spec, settings)]
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
