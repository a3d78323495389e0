"""A study: a locked protocol, run cell by cell, read into a result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import fewfold
from fewfold.core.errors import BadInput, Leakage
from fewfold.core.files import digest
from fewfold.data.cohort import Cohort
from fewfold.data.rules import check_rules
from fewfold.methods.base import method
from fewfold.metrics.base import METRICS
from fewfold.study import audit, figures, noise, runner, summary
from fewfold.study.about import about_data
from fewfold.study.arms import card_of
from fewfold.study.assemble import assemble, refusal
from fewfold.study.cells import Cell, Design
from fewfold.study.composition import patients_per_class
from fewfold.study.contrasts import contrasts, guarded, score_all
from fewfold.study.findings import finding
from fewfold.study.outcomes import collect
from fewfold.study.power import plan_power
from fewfold.study.result import Finding, Result
from fewfold.study.runner import Progress
from fewfold.study.settings import Settings
from fewfold.study.splits import Splits, plan
from fewfold.study.store import Store
from fewfold.study.verdict import Evidence, verdicts


class Study:
    """A trial of methods on one cohort.

    ``settings`` are those of the ``[study]`` section of ``study.toml``: methods, ratios, seed and so on. Everything is
    checked and written down here; nothing is fitted before :meth:`run`. Raises ``BadInput`` for a cohort without a
    target, an unknown method or metric, or settings that do not fit together.
    """

    def __init__(
        self, cohort: Cohort, *, name: str = "cohort", excluded: Mapping[str, int] | None = None, **settings: Any
    ) -> None:
        if cohort.schema.target is None:
            raise BadInput(
                expected="a cohort with a target",
                found="none of its columns has the role target",
                fix="Name one: ff.read(..., target=COLUMN) or --target COLUMN.",
            )
        if cohort.provenance.is_synthetic.any():
            raise Leakage(
                expected="real patients only",
                found=f"{int(cohort.provenance.is_synthetic.sum())} synthetic rows among them",
                fix="A study makes its own synthetic rows, inside each training part. To judge rows that exist "
                "already, use fewfold validate.",
            )
        self.cohort, self.name, self.excluded = cohort, name, dict(excluded or {})
        self.settings = checked(cohort, settings)
        self.obstacle = obstacle(cohort, self.settings)
        self.splits: Splits | None = None if self.obstacle else plan(cohort, self.settings)
        self.power = plan_power(cohort, self.settings, estimable=self.splits is not None)

    @property
    def protocol(self) -> dict[str, Any]:
        """What is written down before the first fit; its ``hash`` covers all the rest."""
        content: dict[str, Any] = {
            "fewfold": {"version": fewfold.__version__, "code": audit.code_hash(), **audit.packages()},
            "settings": self.settings.model_dump(mode="json"),
            "schema": self.cohort.schema.model_dump(mode="json", exclude_none=True),
            "data": audit.describe(self.cohort, self.name),
            "splits": self.splits.hash(self.cohort) if self.splits else "",
        }
        return {"hash": digest(content), **content}

    def run(
        self,
        out: str | Path | None = None,
        *,
        jobs: int = 1,
        backend: str = "loky",
        progress: Progress | None = None,
    ) -> Result:
        """Run what is missing and read the result.

        With a folder ``out`` each cell is written as soon as it is done, and a run that was stopped goes on where it
        was. The result does not depend on ``jobs`` or ``backend``.
        """
        store = Store(Path(out) if out is not None else None)
        protocol = self.protocol
        store.lock(protocol, self.splits.manifest(self.cohort) if self.splits else {})
        store.note(event="run", jobs=jobs, backend=backend, hash=protocol["hash"])
        if self.splits is None:
            result = self._finish(protocol, 0, **refusal(self.settings, self.obstacle, self._about()))
        else:
            permuted = noise.permuted(self.cohort, self.settings.seed)
            design = Design(self.settings, self.splits, self.cohort, permuted)
            cells = runner.run(design, store, jobs=jobs, backend=backend, progress=progress)
            result = self._read(design, cells, protocol)
        store.note(event="result", hash=protocol["hash"])
        return result

    def _read(self, design: Design, cells: Mapping[Cell, dict[str, Any]], protocol: dict[str, Any]) -> Result:
        predicted = collect(design, cells, "outcome")
        scored = score_all(predicted)
        rows = contrasts(scored, self.settings)
        validity = summary.validity(design, cells)
        evidence = Evidence(self.settings, predicted.task, rows, validity, predicted.absent)
        given, found = verdicts(evidence)
        on_noise = score_all(collect(design, cells, "noise"), only=set(guarded(self.settings, predicted.task)))
        control = noise.negative_control(on_noise, self.settings)
        if not control.passed:
            found = [finding("FF602", control.statement), *found]
        return self._finish(
            protocol,
            len(cells),
            verdicts=given,
            negative_control=control,
            contrasts=rows,
            metrics=summary.utility(scored) + summary.absent(design, predicted.absent) + validity,
            findings=[*self._about(), *found],
            figures=figures.figures(self.cohort, figures.expansions(design), predicted),
        )

    def _finish(self, protocol: dict[str, Any], cells: int, **parts: Any) -> Result:
        return assemble(
            self.cohort,
            self.settings,
            self.power,
            protocol,
            design=f"{self._how_split()}, and every model was tested on real patients only.",
            excluded=self.excluded,
            cells=cells,
            **parts,
        )

    def _how_split(self) -> str:
        if self.splits is None:
            return "Patients were not split"
        repeats, folds = len(self.splits.folds), self.splits.count
        if self.settings.unit == "site":
            return f"Whole sites were left out in {repeats} different partitions into {folds} groups"
        return f"Patients were split in {repeats} repeats of stratified {folds}-fold cross-validation"

    def _about(self) -> list[Finding]:
        found = about_data(self.cohort, self.settings, self.power, self.excluded)
        if self.splits and self.splits.note:
            found.append(finding("FF102", self.splits.note))
        return found


def checked(cohort: Cohort, given: dict[str, Any]) -> Settings:
    """Settings that are valid for this cohort, or ``BadInput``."""
    try:
        settings = Settings.model_validate(given).for_task(cohort.task)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "study"
        raise BadInput(
            expected="settings as in the reference of study.toml",
            found=f"{where}: {first['msg']}" + (f" ({first['input']!r})" if first["loc"] else ""),
            fix="Correct that line of the [study] section.",
        ) from error
    except ValueError as error:
        raise BadInput(
            expected="settings that fit the target", found=str(error), fix="Correct that setting."
        ) from error
    for arm in (*settings.controls, *settings.methods):
        method(arm.method, **arm.params)  # raises BadInput for an unknown name or parameter
    idle = [arm.name for arm in settings.methods if not card_of(arm).adds_rows]
    if idle:
        raise BadInput(
            expected="methods that make rows",
            found=f"{', '.join(idle)}, which adds no rows",
            fix="Such a method is an arm to compare with: name it among the controls.",
        )
    check_rules(cohort.schema)
    for name in settings.metrics:
        METRICS.get(name)
    return settings


def obstacle(cohort: Cohort, settings: Settings) -> str:
    """Why nothing can be estimated, or an empty string."""
    if cohort.n_subjects < settings.min_subjects:
        return f"{cohort.n_subjects} patients; at least {settings.min_subjects} are needed"
    if not cohort.schema.features:
        return "there is no feature to learn from"
    counts = patients_per_class(cohort)
    few = {level: n for level, n in counts.items() if n < settings.min_per_class}
    if few:
        told = ", ".join(f"{n} with {level!r}" for level, n in few.items())
        return f"too few patients in a class: {told}; at least {settings.min_per_class} are needed in each"
    return ""
