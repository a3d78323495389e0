"""Small studies of a method that draws fresh patients of a simulated world, and spoils them in one way or in none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fewfold as ff
from fewfold.core.cards import MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.faults import FAULTS, plant
from fewfold.data.datasets.worlds import binary_cohort, exact_labels
from fewfold.data.schema import Rule, Schema, Variable
from fewfold.methods.base import METHODS, Drawn, Method
from fewfold.study.result import Result

SEED = 0  # of cohorts and studies; the faults are strong enough for others
QUICK: dict[str, Any] = {
    "methods": ["gaussian_copula"],
    "controls": ["none"],
    "ratios": [1],
    "learners": ["logistic"],
    "folds": 2,
    "repeats": 1,
    "metric_splits": 2,
    "metrics": ["tvd"],
    "negative_control_repeats": 1,
    "seed_repeats": 0,
}
VARIANTS = tuple(f"v{k}" for k in range(200))
SITES = ("Aachen", "Bern", "Cork", "Delft", "Essen")
GENE = Variable(name="variant", kind="categorical", levels=VARIANTS)
SEX = Variable(name="sex", kind="boolean", levels=("f", "m"))
FEWEST = 20  # patients that a world is asked for


def clinic(n: int, rng: Rng) -> Cohort:
    """The world of that name, with a sex and an origin that nothing tells, and a rule on a rate."""
    cohort = ff.datasets.make_clinic(n, rng=rng).cohort
    early = Rule(name="early", require="onset < 50", severity="soft", rate=(0.6, 1.0))
    more = (SEX, Variable(name="origin", kind="categorical", levels=tuple("abcdefgh"), role="sensitive"))
    drawn = {v.name: pd.Categorical(rng.choice(v.levels, n), categories=v.levels) for v in more}
    schema = Schema(variables=(*cohort.schema.variables, *more), rules=(*cohort.schema.rules, early))
    return Cohort.real(cohort.table.assign(**drawn), schema)


def ward(n: int, rng: Rng) -> Cohort:
    """A gene with more variants than patients: every other one makes ill, which is learned from many patients and not
    from few. Each variant is found in one of five sites, in men or in women."""
    variant = rng.integers(len(VARIANTS), size=n)
    columns = {
        "variant": pd.Categorical.from_codes(variant, categories=VARIANTS),
        "sex": pd.Categorical.from_codes(variant // 2 % 2, categories=SEX.levels),
        "centre": np.array(SITES)[variant % len(SITES)],
    }
    variables = [
        GENE,
        SEX.model_copy(update={"role": "sensitive"}),
        Variable(name="centre", kind="categorical", role="site"),
    ]
    return binary_cohort(columns, variables, np.where(rng.random(n) < 0.97, variant % 2, 1 - variant % 2))


def puzzle(n: int, rng: Rng) -> Cohort:
    """The same gene, and a dose that makes ill where it is not in the middle: trees tell that, a line cannot."""
    y = exact_labels(n, 0.5, rng)
    odd, outside = np.where(rng.random((2, n)) < 0.95, y, 1 - y)
    variant = 2 * rng.integers(len(VARIANTS) // 2, size=n) + odd
    columns = {
        "variant": pd.Categorical.from_codes(variant, categories=VARIANTS),
        "dose": outside * rng.choice([-1.0, 1.0], n),
    }
    return binary_cohort(columns, [GENE, Variable(name="dose", kind="numeric")], y)


def plain(n: int, rng: Rng) -> Cohort:
    """Four features that tell almost everything, and classes of equal size."""
    return ff.datasets.make_linear(n, n_features=4, prevalence=0.5, auroc=0.98, rng=rng).cohort


def many(n: int, rng: Rng) -> Cohort:
    """Thirty features that tell a little each: more than the trees of a few patients can weigh."""
    return ff.datasets.make_linear(n, n_features=30, n_informative=30, prevalence=0.4, auroc=0.95, rng=rng).cohort


def course(n: int, rng: Rng) -> Cohort:
    """Visits, and a follow-up of each patient."""
    cohort, later = ff.datasets.make_visits(n, rng=rng).cohort, ff.datasets.make_follow_up(n, rng=rng).cohort
    followed = later.table[["years", "event"]].iloc[cohort.subjects].reset_index(drop=True)
    more = [later.schema[name] for name in followed]
    return Cohort.real(cohort.table.join(followed), Schema(variables=(*cohort.schema.variables, *more)))


WORLDS: dict[str, Callable[[int, Rng], Cohort]] = {
    "clinic": clinic,
    "ward": ward,
    "puzzle": puzzle,
    "plain": plain,
    "many": many,
}


def labelled(rows: Cohort, y: Floats) -> Cohort:
    """The rows with other labels."""
    return rows.with_column("outcome", pd.Categorical(y.astype(int), categories=[0, 1]))


SPOILT: dict[str, Callable[[Cohort, Rng], Cohort]] = {
    "sound": lambda rows, _: rows,
    "flipped": lambda rows, _: labelled(rows, 1 - rows.y),
    "coin": lambda rows, rng: labelled(rows, np.abs(rows.y - rng.integers(2))),
    "women_flipped": lambda rows, _: labelled(rows, np.where(rows.table["sex"] == "f", 1 - rows.y, rows.y)),
    "site_flipped": lambda rows, _: labelled(rows, np.where(rows.matrix[:, 0] % len(SITES) == 0, 1 - rows.y, rows.y)),
    "more_ill": lambda rows, rng: labelled(rows, np.maximum(rows.y, rng.random(len(rows)) < 0.45)),
    "swapped": lambda rows, rng: rows.with_column(
        "dose", (1 - rows.table["dose"].abs()) * rng.choice([-1, 1], len(rows))
    ),
    "late": lambda rows, _: rows.with_column("onset", rows.table["onset"] + 15).with_column(
        "diagnosis", rows.table["diagnosis"] + 15
    ),
    "no_men": lambda rows, _: rows.with_column("sex", pd.Categorical(["f"] * len(rows), categories=SEX.levels)),
    "marked": lambda rows, _: rows.with_column("x1", rows.table["x1"] + 5 * rows.y),
    "gaps": lambda rows, rng: rows.with_column("x1", rows.table["x1"].mask(rng.random(len(rows)) < 0.7)),
}


class Planted(Method):
    """Patients of a ``world`` with a ``fault``: one of this file, or of the data sets."""

    card = MethodCard(name="planted", title="Planted", family="generator", summary="A fault.", release="public")

    def __init__(self, *, world: str = "clinic", fault: str = "sound") -> None:
        self.world, self.fault = world, fault

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        self.train = cohort

    def _sample(self, labels: Any, n: int, rng: Rng) -> Drawn:
        draw, wanted = WORLDS[self.world], max(n, FEWEST)
        if self.fault in FAULTS:
            rows = plant(self.fault, self.train, draw, wanted, rng=rng)
        else:
            rows = SPOILT[self.fault](draw(wanted, rng), rng)
        return Drawn(rows.modelled[:n])

    def _state(self) -> Any:
        return {}, {}

    def _restore(self, arrays: Any, state: Any) -> None: ...


def codes(result: Result, arm: str | None = None) -> set[str]:
    """The codes of all findings, or of those about one arm."""
    return {f.code for f in result.findings if arm is None or f.method == arm}


def run(cohort: Cohort, **settings: Any) -> Result:
    """A study that takes less than a second, unless ``settings`` ask for more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS._catalogue(), "planted", Planted)
        return ff.Study(cohort, **{**QUICK, "seed": SEED, **settings}).run()


def study(world: str, n: int, *faults: str, **settings: Any) -> Result:
    """A study of ``n`` patients of a world, with an arm for each fault."""
    arms = [arm(world, fault) for fault in faults]
    return run(WORLDS[world](n, np.random.default_rng(SEED)), **{"methods": arms, **settings})


def arm(world: str, fault: str) -> dict[str, Any]:
    """The method of a fault, called after it. With "-reject" behind it the rows are drawn until they keep the rules."""
    name, _, rules = fault.partition("-")
    params = {"world": world, "fault": name} | ({"rules": rules} if rules else {})
    return {"method": "planted", "params": params, "label": fault}
