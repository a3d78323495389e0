"""For each finding a run in which its fault is planted, and the same run without it.

What is run is what a user runs: a study, a study file, or the judgement of given rows. Faults of rows are arms of one
study, and stand beside an arm without a fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fewfold as ff
from cohorts import make_cohort
from fewfold.core.seeds import Rng
from fewfold.core.types import Frame
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.faults import fresh_rows, plant
from fewfold.data.schema import Rule
from fewfold.metrics.base import METRICS
from fewfold.study import cells
from fewfold.study import validate as validation
from fewfold.study.draft import draft
from fewfold.study.result import Result
from fewfold.study.study_file import open_study
from study.planted import QUICK, SEED, arm, codes, course, run, study

Planter = Callable[[bool], set[str]]  # the codes that are found, with the fault or without it
PLANTERS: dict[str, Planter] = {}


def planter(*entered: str) -> Callable[[Planter], Planter]:
    """Enter a function as the planter of these codes."""

    def enter(plants: Planter) -> Planter:
        PLANTERS.update(dict.fromkeys(entered, cache(plants)))
        return plants

    return enter


# what is known of a cohort before anything runs


@cache
def patients(n: int = 60, **more: Any) -> Cohort:
    return make_cohort(n, seed=SEED, **more)


@cache
def healthy() -> set[str]:
    return codes(run(patients()))


def opened(table: Frame, *, quick: bool = False) -> set[str]:
    """The findings of a study file that was drafted for a table."""
    with TemporaryDirectory() as folder:
        data, file = Path(folder) / "patients.csv", Path(folder) / "study.toml"
        table.to_csv(data, index=False)
        site = "centre" if "centre" in table else None
        drafted = draft(data, file, target="relapse", subject="patient", site=site).text
        before, rest = drafted.split("[study]\n")
        lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in QUICK.items())
        file.write_text(f"{before}[study]\n{lines}\n{rest[rest.index('[variables') :]}")
        return codes(open_study(file, quick=quick).run())


@planter("FF101")
def _(fault: bool) -> set[str]:
    table = patients().table
    return opened(table.assign(relapse=table["relapse"].mask(table.index < 5)) if fault else table)


@planter("FF102")
def _(fault: bool) -> set[str]:
    many = patients(120)
    ill = np.flatnonzero(many.y == 1)[: 10 if fault else None]
    return codes(run(many.take(np.concatenate([ill, np.flatnonzero(many.y == 0)])), folds=5))


@planter("FF103")
def _(fault: bool) -> set[str]:
    return codes(run(patients(120, rows_per_subject=2))) if fault else healthy()


@planter("FF104")
def _(fault: bool) -> set[str]:
    return codes(run(ff.datasets.make_linear(60, n_features=70 if fault else 8, rng=SEED).cohort))


@planter("FF105")
def _(fault: bool) -> set[str]:
    table = patients().table
    return opened(table.assign(ward="seven") if fault else table)


@planter("FF106")
def _(fault: bool) -> set[str]:
    table = patients().table
    copies = table.iloc[: 12 if fault else 0]
    copied = pd.concat([table, copies.assign(patient=np.arange(len(copies)) + 1000)], ignore_index=True)
    return codes(run(Cohort.real(copied, patients().schema)))


@planter("FF107")
def _(fault: bool) -> set[str]:
    table = patients(120, rows_per_subject=2).table.drop(columns="centre")
    own = table["relapse"].where(table.index % 2 == 0, table["relapse"].shift(1))
    other = own.map({"yes": "no", "no": "yes"})
    return opened(table.assign(relapse=own.where(table.index % 2 == 0, other) if fault else own))


@planter("FF108")
def _(fault: bool) -> set[str]:
    told = patients().with_column("age", np.where(patients().y == 1, 30.0, 60.0) + np.arange(60) / 100)
    return codes(run(told)) if fault else healthy()


@planter("FF402")
def _(fault: bool) -> set[str]:
    rule = Rule(name="grown", require="age >= 50" if fault else "age >= 0")
    schema = patients().schema.model_copy(update={"rules": (rule,)})
    return codes(run(Cohort.real(patients().table, schema)))


@planter("FF601")
def _(fault: bool) -> set[str]:
    return codes(run(patients(20))) if fault else healthy()


@planter("FF604")
def _(fault: bool) -> set[str]:
    return codes(run(patients(), smallest_effect=0.01 if fault else 0.5, folds=5, repeats=2))


@planter("FF605")
def _(fault: bool) -> set[str]:
    return opened(patients().table, quick=fault)


# what a method does to a model


@planter("FF201")
def _(fault: bool) -> set[str]:
    return benefit(beaten=fault)


@planter("FF204")
def _(fault: bool) -> set[str]:
    return benefit(beaten=not fault)


@cache
def benefit(*, beaten: bool) -> set[str]:
    """Sound rows, beside no augmentation alone or beside a control that makes rows as sound."""
    equal = {"method": "planted", "params": {"world": "ward"}, "label": "equal"}
    controls = ["none"] if beaten else ["none", equal]
    return codes(study("ward", 120, "sound", controls=controls, ratios=[10], folds=5, repeats=4))


@cache
def harm() -> Result:
    faults = ("sound", "flipped", "women_flipped", "site_flipped", "coin")
    return study("ward", 150, *faults, ratios=[10], folds=5, repeats=2, seed_repeats=2)


@planter("FF202", "FF203")
def _(fault: bool) -> set[str]:
    return codes(harm(), "flipped" if fault else "sound")


@planter("FF208")
def _(fault: bool) -> set[str]:
    return codes(harm(), "women_flipped" if fault else "sound")


@planter("FF209")
def _(fault: bool) -> set[str]:
    return codes(harm(), "site_flipped" if fault else "sound")


@planter("FF210")
def _(fault: bool) -> set[str]:
    return codes(harm(), "coin" if fault else "sound")


@cache
def cost() -> Result:
    """Many of the well are called ill: the ranking gains from the variants, and the risks become too high."""
    return study("ward", 100, "sound", "more_ill", ratios=[10], folds=5, repeats=10)


@planter("FF205")
def _(fault: bool) -> set[str]:
    return codes(cost(), "more_ill" if fault else "sound")


@cache
def both_learners() -> Result:
    learners = ["logistic", "boosting"]
    return study("puzzle", 80, "sound", "swapped", learners=learners, ratios=[10], folds=5, repeats=3)


@planter("FF206")
def _(fault: bool) -> set[str]:
    return codes(both_learners(), "swapped" if fault else "sound")


@planter("FF207")
def _(fault: bool) -> set[str]:
    """Trees cannot split 18 patients: their predictions are constant, and have no calibration slope. That the risks
    are better as a whole is not shown."""
    return codes(study("plain", 36 if fault else 100, "more_ill", learners=["boosting"], ratios=[10], repeats=4))


@planter("FF211")
def _(fault: bool) -> set[str]:
    return codes(run(patients(task="continuous"), controls=["none", "smote"] if fault else ["none"]))


@planter("FF212")
def _(fault: bool) -> set[str]:
    """Trees that learn from many rows rank better and are too cautious; a line has its scale from the start."""
    learners = ["boosting" if fault else "logistic"]
    return codes(study("many", 240, "sound", learners=learners, ratios=[20], repeats=4))


@planter("FF603")
def _(fault: bool) -> set[str]:
    return codes(run(patients(task="continuous"), methods=["smote" if fault else "gaussian_copula"]))


@planter("FF602")
def _(fault: bool) -> set[str]:
    """The training part of each split is the whole cohort."""
    with pytest.MonkeyPatch.context() as patch:
        if fault:
            patch.setattr(cells.Splits, "train", lambda self, repeat, fold: np.arange(self.folds.shape[1]))
        return codes(study("ward", 100, "sound", folds=5, negative_control_repeats=2))


# what the synthetic rows are


OF_ROWS = {
    "FF301": "memoriser",
    "FF302": "memoriser",
    "FF303": "smote",
    "FF304": "memoriser",
    "FF305": "memoriser",
    "FF306": "memoriser",
    "FF307": "memoriser",
    "FF308": "memoriser",
    "FF309": "memoriser",
    "FF401": "implausible_values",
    "FF403": "late",
    "FF404": "flipped",
    "FF407": "implausible_values-reject",
    "FF501": "batch_effect",
    "FF502": "broken_dependence",
    "FF503": "batch_effect",
    "FF504": "batch_effect",
    "FF505": "gaps",
    "FF506": "marked",
    "FF507": "no_men",
}


@cache
def rows() -> Result:
    faults = dict.fromkeys(["sound", "sound-reject", *OF_ROWS.values()])
    arms = ["smote", *(arm("clinic", fault) for fault in faults if fault != "smote")]
    judged = [kind.card.name for kind in METRICS if kind.card.finding and not kind.card.roles]
    return study("clinic", 120, methods=arms, metrics=judged, release="consortium")


def _of_rows(code: str, fault: bool) -> set[str]:
    planted = OF_ROWS[code]
    sound = "sound-reject" if planted.endswith("-reject") else "sound"
    return codes(rows(), planted if fault else sound)


PLANTERS.update({code: partial(_of_rows, code) for code in OF_ROWS})


@planter("FF606")
def _(fault: bool) -> set[str]:
    """Two numbers that go together, and a source in which they go against each other."""

    def pair(n: int, seed: int, sign: float) -> Cohort:
        cohort = ff.datasets.make_linear(n, n_features=2, rng=seed).cohort
        x0, x1 = cohort.schema.features
        tied = 0.9 * sign * cohort.table[x0.name] + 0.4 * cohort.table[x1.name]
        return cohort.with_column(x1.name, tied)

    borrowing = {"method": "gaussian_copula", "source": True, "label": "borrowing"}
    return codes(run(pair(60, SEED, 1.0), methods=[borrowing], source=pair(300, 1, -1.0 if fault else 1.0)))


@planter("FF405", "FF406")
def _(fault: bool) -> set[str]:
    """Rows with visits and a follow-up come from other tools: they are given."""
    rng = np.random.default_rng(SEED)
    real = course(80, rng)
    ours = real.subjects < 40
    train, holdout = (real.take(np.flatnonzero(part)) for part in (ours, ~ours))

    def shuffled(n: int, rng: Rng) -> Cohort:
        return plant("scrambled_time", train, course, n, rng=rng)

    made = plant("broken_censoring", train, shuffled, 40, rng=rng) if fault else fresh_rows(course, 40, rng=rng)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "measure_all", partial(validation.measure_all, names=["visit_order", "follow_up"]))
        patch.setattr(validation, "DRAWS_OF_CONTROLS", 1)
        return codes(ff.validate(train=train, holdout=holdout, synthetic=made))
