"""The audit trail: what ran, on what, with which code; and which item of which guideline it answers."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import fewfold
from fewfold.data.cohort import Cohort
from fewfold.data.digest import data_hash
from fewfold.metrics.utility.judges import JUDGES
from fewfold.study.arms import algorithm
from fewfold.study.result import Provenance
from fewfold.study.settings import ArmSpec, Settings

PACKAGES = ("imbalanced-learn", "joblib", "numpy", "pandas", "pydantic", "scikit-learn", "scipy")
INTENDED = (
    "Deciding whether synthetic or augmented rows may be added to this training cohort, for this target, with these "
    "learners."
)
PROHIBITED = (
    "Releasing synthetic rows as if they were free of patient data; testing hypotheses or reporting intervals on "
    "synthetic or pooled rows; deciding the care of a patient."
)
CROSSWALK = {
    "Finetti 2025 item 1: size and composition of the initial data": "composition.initial",
    "Finetti 2025 item 2: final size and expansion rate per class": "composition.final",
    "Finetti 2025 item 3: exact algorithm": "provenance.algorithms",
    "Finetti 2025 item 4: validity metrics beyond model performance": "metrics",
    "TRIPOD+AI 13 (class imbalance)": "protocol.settings.allocation, methods_paragraph",
    "TRIPOD+AI 14 (fairness)": "subgroups, protocol.settings.subgroups, findings (FF208, FF209)",
    "CLAIM 2024 (data augmentation and partitions)": "protocol.settings, protocol.splits_hash",
    "FDA seven-C congruence, coverage": "metrics (fidelity, diversity)",
    "FDA seven-C constraint": "metrics (plausibility)",
    "FDA seven-C completeness": "composition.initial.missing, metrics (missingness)",
    "FDA seven-C compliance": "metrics (privacy), provenance.prohibited_use",
    "FDA seven-C comprehension, consistency": "protocol, negative_control, findings",
}


@cache
def code_hash() -> str:
    """SHA-256 over the source files of the package."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def packages() -> dict[str, str]:
    """The versions of the packages that decide a number."""
    return {name: metadata.version(name) for name in PACKAGES}


def provenance(
    cohort: Cohort,
    arms: Sequence[ArmSpec],
    settings: Settings,
    data: Mapping[str, Any],
    cells: int,
    choices: Mapping[str, Mapping[str, int]],
) -> Provenance:
    """Everything needed to run the study again; ``arms`` are those that ran, ``choices`` what some of them chose."""
    under_test = {m.name for m in settings.methods}
    return Provenance(
        fewfold=fewfold.__version__,
        python=platform.python_version(),
        packages=packages(),
        code_hash=code_hash(),
        seed=settings.seed,
        data=dict(data),
        schema_=cohort.schema.model_dump(mode="json", exclude_none=True),
        algorithms=[algorithm(arm, choices.get(arm.name, {}), under_test=arm.name in under_test) for arm in arms],
        learners={name: dict(JUDGES[name].params) for name in settings.learners if arms},
        cells=cells,
        intended_use=INTENDED,
        prohibited_use=PROHIBITED,
        crosswalk=CROSSWALK,
    )


def describe(cohort: Cohort, name: str) -> dict[str, Any]:
    """What identifies the data in the protocol."""
    target = cohort.schema.target
    return {
        "name": name,
        "sha256_salted": data_hash(cohort),
        "rows": len(cohort),
        "columns": len(cohort.schema.variables),
        "target": target.name if target else "",
        "missing": int(np.isnan(cohort.matrix).sum()),
    }
