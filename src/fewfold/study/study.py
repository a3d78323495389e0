"""A study: a locked protocol, run cell by cell, read into a result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fewfold
from fewfold.core.errors import BadInput, Leakage
from fewfold.core.files import digest
from fewfold.data.cohort import Cohort
from fewfold.study import audit, figures, noise, runner, summary
from fewfold.study.about import about_data, little_borrowed
from fewfold.study.admission import checked, obstacle, refusing
from fewfold.study.assemble import assemble, refusal
from fewfold.study.cells import Cell, Design
from fewfold.study.contact import contacts
from fewfold.study.contrasts import Scored, contrasts, score_all
from fewfold.study.findings import finding
from fewfold.study.outcomes import Predicted, chosen, collect
from fewfold.study.power import plan_power
from fewfold.study.rerun import rerun_control
from fewfold.study.result import Finding, Result, VarianceSplit
from fewfold.study.result_figures import Figures
from fewfold.study.runner import Progress
from fewfold.study.sealed import read_sealed, seal
from fewfold.study.shadows import shadows
from fewfold.study.splits import Splits, plan
from fewfold.study.stop import stops
from fewfold.study.store import Store
from fewfold.study.subgroups import subgroups
from fewfold.study.survival import with_event
from fewfold.study.variance import seed_matters, variance_splits
from fewfold.study.verdict import Evidence, verdicts


class Study:
    """A trial of methods on one cohort.

    ``source`` is a larger related cohort of other patients; a method with ``source = True`` learns from it too.
    ``settings`` are those of the ``[study]`` section of ``study.toml``: methods, ratios, seed and so on. Everything is
    checked and written down here; nothing is fitted before :meth:`run`. Raises ``BadInput`` for a cohort without a
    target, an unknown method or metric, or settings that do not fit together.
    """

    def __init__(
        self,
        cohort: Cohort,
        *,
        name: str = "cohort",
        excluded: Mapping[str, int] | None = None,
        source: Cohort | None = None,
        source_name: str = "source",
        **settings: Any,
    ) -> None:
        if cohort.task == "none":
            raise BadInput(
                expected="a cohort with a target, or with follow-up",
                found="none of its columns has the role target, nor two the roles event_time and event",
                fix="Name them: ff.read(..., target=COLUMN) or time=COLUMN, event=COLUMN; --target, or --time and "
                "--event.",
            )
        if cohort.provenance.is_synthetic.any():
            raise Leakage(
                expected="real patients only",
                found=f"{int(cohort.provenance.is_synthetic.sum())} synthetic rows among them",
                fix="A study makes its own synthetic rows, inside each training part. To judge rows that exist "
                "already, use fewfold validate.",
            )
        if cohort.task == "survival":
            (cohort,) = with_event(cohort)
        self.name, self.excluded = name, dict(excluded or {})
        self.source, self.source_name = source, source_name
        self.settings = checked(cohort, settings, source)
        self.whole = cohort
        self.cohort, self.sealed = seal(cohort, self.settings)
        self.obstacle = obstacle(self.cohort, self.settings)
        self.splits: Splits | None = None if self.obstacle else plan(self.cohort, self.settings)
        self.power = plan_power(self.cohort, self.settings, self.splits, estimable=self.splits is not None)

    def hindrances(self) -> tuple[str, ...]:
        """All that is known, before anything is fitted, to keep methods from a verdict; empty where nothing does.

        A cohort that is too small keeps all of them from it; else the first training part may be too small for some, or
        its target none of theirs.
        """
        if self.splits is None:
            return (f"nothing can be estimated: {self.obstacle}",)
        train = self.cohort.take(self.splits.train(0, 0)).as_part("train")
        return tuple(f"there will be no verdict on {name}: {why}" for name, why in refusing(self.settings, train))

    @property
    def protocol(self) -> dict[str, Any]:
        """What is written down before the first fit; its ``hash`` covers all the rest."""
        content: dict[str, Any] = {
            "fewfold": {"version": fewfold.__version__, "code": audit.code_hash(), **audit.packages()},
            "settings": self.settings.model_dump(mode="json"),
            "schema": self.cohort.schema.model_dump(mode="json", exclude_none=True),
            "data": {**audit.describe(self.whole, self.name), **self._about_source()},
            "splits": self.splits.hash(self.cohort) if self.splits else "",
        }
        return {"hash": digest(content), **content}

    def _about_source(self) -> dict[str, Any]:
        if self.source is None:
            return {}
        return {"source": {**audit.describe(self.source, self.source_name), "patients": self.source.n_subjects}}

    def run(
        self,
        out: str | Path | None = None,
        *,
        jobs: int = 1,
        backend: str = "loky",
        progress: Progress | None = None,
        open_holdout: bool = False,
    ) -> Result:
        """Run what is missing and read the result.

        With a folder ``out`` each cell is written as soon as it is done, and a run that was stopped goes on where it
        was. The result does not depend on ``jobs`` or ``backend``. ``open_holdout`` breaks the seal of the holdout,
        for good: the journal says when. Raises ``BadInput`` where the protocol has none.
        """
        if open_holdout and self.sealed is None:
            raise BadInput(
                expected="a sealed holdout to open",
                found="none in the protocol",
                fix="Set holdout = 0.2 in the [study] section before the first run, and use another --out folder.",
            )
        store = Store(Path(out) if out is not None else None)
        protocol = self.protocol
        store.lock(protocol, self._manifest())
        store.note(event="run", jobs=jobs, backend=backend, hash=protocol["hash"])
        if self.splits is None:
            result = self._finish(protocol, 0, **refusal(self.settings, self.obstacle, self._about()))
        else:
            control = self.cohort if self.settings.segment else noise.permuted(self.cohort, self.settings.seed)
            design = Design(self.settings, self.splits, self.cohort, control, self.sealed, self.source)
            opened = store.open_holdout(now=open_holdout)
            cells = runner.run(design, store, jobs=jobs, backend=backend, progress=progress, opened=opened)
            result = self._read(design, cells, protocol)
        store.note(event="result", hash=protocol["hash"])
        return result

    def _read(self, design: Design, cells: Mapping[Cell, dict[str, Any]], protocol: dict[str, Any]) -> Result:
        predicted = collect(design, cells, "outcome")
        scored = score_all(predicted)
        rows = contrasts(scored, self.settings)
        validity = summary.validity(design, cells) + shadows(design, cells)
        groups = subgroups(self.cohort, scored, self.settings)
        evidence = Evidence(self.settings, predicted.task, rows, validity, predicted.absent, groups)
        given, found = verdicts(evidence)
        variance = self._variance(design, cells, scored)
        choices = chosen(cells)
        found += seed_matters(variance) + little_borrowed(self.settings, choices)
        on_noise = collect(design, cells, "noise")
        if self.settings.segment:
            control = rerun_control(predicted, on_noise, self.settings)
        else:
            control = noise.negative_control(score_all(on_noise, only={self.settings.primary}), self.settings)
        if not control.passed:
            found = [finding("FF602", control.statement), *found]
        return self._finish(
            protocol,
            len(cells),
            choices=choices,
            verdicts=given,
            negative_control=control,
            contrasts=rows,
            stops=stops(given),
            subgroups=groups,
            sealed=read_sealed(design, cells),
            variance=variance,
            metrics=summary.utility(scored) + summary.absent(design, predicted.absent) + validity,
            findings=[*self._about(), *found],
            figures=self._figures(design, predicted),
        )

    def _figures(self, design: Design, predicted: Predicted) -> Figures:
        whole = figures.expansions(design)
        fitted = {name: each.fitted for name, each in whole.items()}
        made = {name: each.made for name, each in whole.items()}
        sheets, graphs = contacts(self.settings, fitted), figures.networks(fitted)
        return figures.figures(self.cohort, made, predicted, sheets, graphs)

    def _manifest(self) -> dict[str, Any]:
        """Who is tested when, and who is sealed."""
        if self.splits is None:
            return {}
        sealed = {"sealed": self.sealed.table.index.tolist()} if self.sealed else {}
        return {**self.splits.manifest(self.cohort), **sealed}

    def _variance(self, design: Design, cells: Mapping[Cell, dict[str, Any]], scored: Scored) -> list[VarianceSplit]:
        if not any(cell.stage == "seed" for cell in cells):
            return []
        again = score_all(collect(design, cells, "seed"), only={self.settings.primary})
        return variance_splits(scored, again, self.settings)

    def _finish(self, protocol: dict[str, Any], cells: int, **parts: Any) -> Result:
        return assemble(
            self.cohort,
            self.settings,
            self.power,
            protocol,
            design=f"{self._how_split()}, and every model was tested on real patients only.",
            excluded=self.excluded,
            cells=cells,
            kind="study" if self.settings.confirmatory else "look",
            **parts,
        )

    def _how_split(self) -> str:
        if self.splits is None:
            return "Patients were not split"
        repeats, folds = len(self.splits.folds), self.splits.count
        if self.settings.folds == "each":
            return f"Each of {folds} sites was left out once (leave-one-site-out)"
        if self.settings.unit == "site":
            return f"Whole sites were left out in {repeats} different partitions into {folds} groups"
        return f"Patients were split in {repeats} repeats of stratified {folds}-fold cross-validation"

    def _about(self) -> list[Finding]:
        found = about_data(self.cohort, self.power, self.excluded)
        if self.splits and self.splits.note:
            found.append(finding("FF102", self.splits.note))
        if self.splits and not self.settings.confirmatory:
            ratios = ", ".join(f"{ratio:g}" for ratio in self.settings.ratios)
            found.append(finding("FF605", f"repeats: {self.settings.repeats}; ratios: {ratios}"))
        return found
