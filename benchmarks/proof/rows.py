"""Planted faults: which findings they raise, and which findings fresh real rows raise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.proof.judge import Judge, judging
from benchmarks.proof.setups import SETUPS
from fewfold.core.files import digest
from fewfold.core.seeds import Rng, derive, seed_of
from fewfold.data.datasets.faults import FAULTS, fresh_rows, plant
from fewfold.metrics.base import Comparison

STRENGTHS = (1.0, 0.5)
FRESH = "fresh"
# the findings of which one says what is wrong
EXPECTED: dict[str, tuple[str, ...]] = {
    "memoriser": ("FF301",),
    "exact_copies": ("FF301",),
    "near_copies": ("FF302", "FF304", "FF308"),
    "mode_collapse": ("FF504", "FF507"),
    "label_noise": ("FF404",),
    "broken_dependence": ("FF502",),
    "shrunken_variance": ("FF501", "FF504"),
    "erased_subgroup": ("FF507", "FF504"),
    "source_shortcut": ("FF506",),
    "implausible_values": ("FF401",),
    "scrambled_time": ("FF405",),
    "broken_censoring": ("FF406",),
    "batch_effect": ("FF501", "FF503"),
}
assert set(EXPECTED) == set(FAULTS)


def part() -> str:
    """The folder of the results: another one for another set of metrics."""
    return f"rows-{digest(sorted(kind.card.name for kind in judging()))[:8]}"


@dataclass(frozen=True)
class Task:
    """One simulated study: train and holdout of ``n`` patients each, judged against fresh rows and every fault."""

    setup: str
    n: int
    repeat: int

    @property
    def key(self) -> str:
        """The name of its file."""
        return f"{part()}/{self.setup}-{self.n:03d}-{self.repeat:04d}"


def tasks(repeats: int, sizes: tuple[int, ...], setups: tuple[str, ...]) -> list[Task]:
    """All studies, the first repeats of everything first."""
    return [
        Task(name, n, repeat)
        for repeat in range(repeats)
        for name in setups
        for n in SETUPS[name].sizes
        if n in sizes
    ]  # fmt: skip


def comparisons(task: Task) -> Iterator[tuple[str, float, Comparison]]:
    """Fresh rows first, then each fault at each strength, among the same patients."""
    setup = SETUPS[task.setup]
    train, holdout, fresh, rows = setup.parts(task.n, _rng(task, "parts"))
    yield FRESH, 0.0, Comparison(train, holdout, fresh_rows(fresh, rows, rng=_rng(task, FRESH)))
    for fault in setup.faults:
        for strength in STRENGTHS:
            made = plant(fault, train, fresh, rows, strength=strength, rng=_rng(task, fault, strength))
            yield fault, strength, Comparison(train, holdout, made)


def compute(task: Task) -> dict[str, Any]:
    """The metrics of real against real, and of each kind of rows."""
    judge = Judge(seed_of(_rng(task, "judge")))
    read, nulls, kind = [], {}, ""
    for fault, strength, seen in comparisons(task):
        if fault == FRESH:
            nulls, kind = judge.shared(seen), seen.train.task
        read.append({"fault": fault, "strength": strength, "values": judge.values(seen), "nulls": judge.own(seen)})
    return {
        "setup": task.setup, "n": task.n, "repeat": task.repeat, "task": kind, "nulls": nulls, "read": read,
    }  # fmt: skip


def _rng(task: Task, *use: str | float) -> Rng:
    return derive(0, "rows", task.setup, task.n, task.repeat, *use)
