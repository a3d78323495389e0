"""Whole studies of worlds in which nothing can help, and of worlds in which the truth itself does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from benchmarks.proof import oracle
from benchmarks.proof.setups import SIZES
from fewfold.core.seeds import Rng, derive, seed_of
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.study.noise import permuted
from fewfold.study.study import Study

EVENTS = 0.4  # so that 30 patients hold the 10 of a class that a study asks for
# few splits, one ratio, two controls: each makes "helps" easier to say than the protocol of a study does
REDUCED: dict[str, Any] = {
    "repeats": 2,
    "controls": ("none", "duplication"),
    "metrics": ("ks",),  # rows are not judged here, so that none is blocked
    "metric_splits": 2,
    "negative_control_repeats": 1,
}
FULL: dict[str, Any] = {"metrics": ("ks",), "metric_splits": 2, "negative_control_repeats": 1}


@dataclass(frozen=True)
class Scenario:
    """A kind of cohort with the methods that are tried on it. ``helps``: whether the truth is a benefit."""

    name: str
    told: str
    make: Callable[[int, Rng], Cohort]
    settings: dict[str, Any] = field(hash=False)
    helps: bool = False
    sizes: tuple[int, ...] = SIZES


def _world(name: str, **options: Any) -> Callable[[int, Rng], Cohort]:
    return partial(_made, name, options)


def _made(name: str, options: dict[str, Any], n: int, rng: Rng) -> Cohort:
    return datasets.load(name, n=n, rng=rng, **options)


def _relabelled(fetch: Callable[[], Cohort], n: int, rng: Rng) -> Cohort:
    """``n`` patients of a published cohort, a share ``EVENTS`` with the outcome, and the labels permuted."""
    cohort = fetch()
    events = rng.permutation(np.flatnonzero(cohort.y == 1))[: round(EVENTS * n)]
    others = rng.permutation(np.flatnonzero(cohort.y == 0))[: n - len(events)]
    return permuted(cohort.take(rng.permutation(np.concatenate([events, others]))), seed_of(rng))


def _oracle(world: str, **options: Any) -> tuple[dict[str, Any], ...]:
    return ({"method": "oracle", "params": {"world": world, "options": options}},)


def _no_benefit() -> list[Scenario]:
    logistic: dict[str, Any] = {"learners": ("logistic",), "ratios": (2.0,)}
    noise, one = {"prevalence": EVENTS}, {"prevalence": EVENTS, "auroc": 0.75}
    copies = ({"method": "noise_jitter", "label": "jitter"},)
    return [
        Scenario("noise_copula", "labels are noise; gaussian_copula", _world("noise_labels", **noise),
                 {**logistic, "methods": ("gaussian_copula",)}),
        Scenario("noise_oracle", "labels are noise; rows drawn from the truth", _world("noise_labels", **noise),
                 {**logistic, "methods": _oracle("noise_labels", **noise)}),
        Scenario("one_feature", "one feature, whose ranking nothing can improve; rows drawn from the truth",
                 _world("no_benefit", **one), {**logistic, "methods": _oracle("no_benefit", **one)}),
        Scenario("copies", "a true signal; jittered copies against jittered copies", _world("linear", **one),
                 {**logistic, "methods": copies, "controls": ("none", "noise_jitter")}),
        Scenario("pbc_permuted", "pbc with permuted labels; gaussian_copula and SMOTE",
                 partial(_relabelled, datasets.fetch_pbc), {**logistic, "methods": ("gaussian_copula", "smote")},
                 sizes=(30, 60, 120)),
        Scenario("noise_trees", "labels are noise; rows drawn from the truth, boosted trees",
                 _world("noise_labels", **noise),
                 {**logistic, "learners": ("boosting",), "methods": _oracle("noise_labels", **noise)}),
    ]  # fmt: skip


def _benefit() -> list[Scenario]:
    """Rows drawn from the truth in worlds that few patients do not teach. The effect grows with the number of features
    that a linear model has to weigh, and with the AUROC of what only trees can learn."""
    found = []
    for features in (30, 100, 300, 1000):
        options = {"auroc": 0.95, "n_features": features, "n_informative": features, "prevalence": EVENTS}
        for ratio, sizes in ((100.0, (30, 60)), (20.0, (120, 300))):  # enough rows to be calibrated on, too
            settings = {"learners": ("logistic",), "ratios": (ratio,), "methods": _oracle("linear", **options)}
            told = f"{features} features, true AUROC 0.95; {ratio:g} rows drawn from the truth for each real one"
            name = f"linear_{ratio:g}_{features}"
            found.append(Scenario(name, told, _world("linear", **options), settings, helps=True, sizes=sizes))
    for features in (100, 300):  # the AUROC has too little room for twice what can be detected; the log-loss has it
        options = {"auroc": 0.95, "n_features": features, "n_informative": features, "prevalence": EVENTS}
        settings = {"learners": ("logistic",), "ratios": (20.0,), "methods": _oracle("linear", **options)}
        told = f"{features} features, gain in log-loss; 20 rows drawn from the truth for each real one"
        found.append(
            Scenario(
                f"log_loss_20_{features}",
                told,
                _world("linear", **options),
                {**settings, "primary": "log_loss"},
                helps=True,
                sizes=(300,),
            )
        )
    for features in (30, 100):  # additive, but too much for the trees that a few patients can grow
        options = {"auroc": 0.95, "n_features": features, "n_informative": features, "prevalence": EVENTS}
        settings = {"learners": ("boosting",), "ratios": (20.0,), "methods": _oracle("linear", **options)}
        told = f"{features} features, true AUROC 0.95, trees; 20 rows drawn from the truth for each real one"
        found.append(Scenario(f"trees_20_{features}", told, _world("linear", **options), settings, helps=True))
    for features, sizes in ((4, (30, 60)), (12, (120, 300))):  # more to search through where more patients teach more
        for auroc in (0.7, 0.85, 1.0):
            options = {"auroc": auroc, "n_features": features}
            settings = {"learners": ("boosting",), "ratios": (20.0,), "methods": _oracle("interaction", **options)}
            told = f"an interaction, true AUROC {auroc:g}, trees; 20 rows drawn from the truth for each real one"
            name = f"interaction_{features}_{round(100 * auroc)}"
            found.append(Scenario(name, told, _world("interaction", **options), settings, helps=True, sizes=sizes))
    return found


SCENARIOS: dict[str, Scenario] = {one.name: one for one in (*_no_benefit(), *_benefit())}
CHECKED = ("noise_oracle", "noise_trees", "linear_100_100", "linear_20_100")  # also with the full protocol


@dataclass(frozen=True)
class Task:
    """One study of one cohort; ``full``: with the protocol of a study as it is by default."""

    scenario: str
    n: int
    repeat: int
    full: bool = False

    @property
    def key(self) -> str:
        """The name of its file."""
        part = "helps_full" if self.full else "helps"
        return f"{part}/{self.scenario}-{self.n:03d}-{self.repeat:04d}"


def tasks(repeats: int, sizes: tuple[int, ...], names: tuple[str, ...], *, full: bool = False) -> list[Task]:
    """All studies, the first repeats of everything first."""
    return [
        Task(name, n, repeat, full)
        for repeat in range(repeats)
        for name in names
        for n in SCENARIOS[name].sizes
        if n in sizes
    ]


def compute(task: Task) -> dict[str, Any]:
    """The verdicts, and what they were read from."""
    oracle.make_known()
    scenario = SCENARIOS[task.scenario]
    rng = derive(0, "helps", task.scenario, task.n, task.repeat)
    cohort = scenario.make(task.n, rng)
    settings = {**REDUCED, **scenario.settings}
    if task.full:
        settings = FULL | {k: v for k, v in scenario.settings.items() if k in ("methods", "ratios")}
    result = Study(cohort, seed=seed_of(rng), **settings).run()
    return {
        "scenario": task.scenario, "n": task.n, "repeat": task.repeat,
        "minimum_detectable_effect": result.minimum_detectable_effect,
        "verdicts": [[v.method, v.verdict, v.primary.estimate, v.primary.p] for v in result.verdicts],
        "against": {
            f"{c.method} - {c.against}": c.estimate
            for c in result.contrasts if c.metric == result.power.metric and c.learner == "all"
        },
        "negative_control": result.negative_control.passed,
    }  # fmt: skip
