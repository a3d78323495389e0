"""A sealed holdout: patients that no part of the study sees until it is opened, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fewfold.core.seeds import derive
from fewfold.data.cohort import Cohort
from fewfold.study.cells import Cell, Design
from fewfold.study.composition import patients_per_class
from fewfold.study.contrasts import benefit, contrasts, score_all
from fewfold.study.outcomes import collect
from fewfold.study.result import Sealed
from fewfold.study.settings import Settings
from fewfold.study.splits import stratum_of_group, study_groups


def seal(cohort: Cohort, settings: Settings) -> tuple[Cohort, Cohort | None]:
    """The patients of the study, and those that are sealed: a share of each class, or whole sites."""
    if not settings.holdout:
        return cohort, None
    groups = study_groups(cohort, settings)
    rng = derive(settings.seed, "seal")
    if settings.unit == "site":
        strata = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    else:
        strata = stratum_of_group(cohort, groups)
    sealed = np.zeros(len(strata), dtype=bool)
    for k in np.unique(strata):  # the same share of each class
        members = rng.permutation(np.flatnonzero(strata == k))
        sealed[members[: max(1, round(settings.holdout * len(members)))]] = True
    chosen = sealed[groups]
    return cohort.take(np.flatnonzero(~chosen)), cohort.take(np.flatnonzero(chosen))


def read_sealed(design: Design, cells: Mapping[Cell, dict[str, Any]]) -> Sealed | None:
    """What the sealed patients say, or, while they are sealed, how many there are."""
    if design.sealed is None:
        return None
    about = {
        "n": design.sealed.n_subjects,
        "per_class": {str(level): n for level, n in patients_per_class(design.sealed).items()},
    }
    if not any(cell.stage == "sealed" for cell in cells):
        return Sealed.model_validate({**about, "opened": False})
    scored = score_all(collect(design, cells, "sealed"), only={design.settings.primary})
    rows = contrasts(scored, design.settings, only={design.settings.primary})
    found = list(benefit(rows, design.settings).values())
    return Sealed.model_validate({**about, "opened": True, "contrasts": [row.model_dump() for row in found]})
