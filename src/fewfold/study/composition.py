"""Sizes before and after: items one and two of what a report must hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewfold.core.types import Ints, Level
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.units import by_unit, units
from fewfold.methods.base import proportional
from fewfold.study.arms import ratios_of
from fewfold.study.result import Composition, Final, Initial
from fewfold.study.settings import ArmSpec, Settings


def composition(cohort: Cohort, arms: Sequence[ArmSpec], settings: Settings, excluded: dict[str, int]) -> Composition:
    """What the cohort is, and what it becomes with each arm that ran at each ratio."""
    return Composition(initial=_initial(cohort, excluded), final=_final(cohort, arms, settings))


def levels(cohort: Cohort) -> tuple[Level, ...]:
    """The classes in the order of their codes; empty for a continuous target."""
    target = cohort.schema.target
    return order_of_levels(target) if target is not None and target.discrete else ()


def patients_per_class(cohort: Cohort) -> dict[Level, int]:
    """Patients per class; empty for a continuous target."""
    codes = by_unit(cohort.y, units(cohort))
    return {level: int((codes == k).sum()) for k, level in enumerate(levels(cohort))}


def _initial(cohort: Cohort, excluded: dict[str, int]) -> Initial:
    sites = cohort.sites
    return Initial(
        n=cohort.n_subjects,
        rows=len(cohort),
        per_class={str(k): v for k, v in patients_per_class(cohort).items()},
        rows_per_class={str(k): v for k, v in cohort.class_counts.items()},
        sites=None if sites is None else len(np.unique(sites)),
        features=len(cohort.schema.features),
        missing=float(np.isnan(cohort.matrix).mean()) if cohort.matrix.size else 0.0,
        excluded=excluded,
    )


def _final(cohort: Cohort, arms: Sequence[ArmSpec], settings: Settings) -> list[Final]:
    names = levels(cohort)
    have = np.array([cohort.class_counts[level] for level in names], dtype=np.int64)
    out = []
    for arm in arms:
        for ratio in ratios_of(arm, settings):
            added = _added(have, arm, ratio, settings, len(cohort))
            per_class = dict(zip(map(str, names), (have + added).tolist(), strict=True)) if len(names) else {}
            synthetic = int(added.sum())
            growth = (have + added) / np.maximum(have, 1) if len(names) else np.empty(0)
            out.append(
                Final(
                    method=arm.name,
                    ratio=ratio,
                    n=len(cohort) + synthetic,
                    synthetic=synthetic,
                    per_class=per_class,
                    expansion=(len(cohort) + synthetic) / len(cohort),
                    expansion_per_class=dict(zip(per_class, growth.tolist(), strict=True)),
                )
            )
    return out


def _added(have: Ints, arm: ArmSpec, ratio: float, settings: Settings, rows: int) -> Ints:
    if not len(have):
        return np.array([round(ratio * rows)])
    if ratio and settings.allocation == "balance":
        wanted: Ints = np.round(ratio * (have.max() - have)).astype(np.int64)
        return wanted
    return proportional(have, round(ratio * rows))
