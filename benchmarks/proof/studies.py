"""Whole studies of two methods that draw from the truth itself: every finding about their rows is a false alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.proof import oracle
from benchmarks.proof.setups import SIZES
from fewfold.core.seeds import derive, seed_of
from fewfold.data import datasets
from fewfold.study.study import Study

WORLDS = ("clinic", "clusters")
METHODS = ("truth_a", "truth_b")
ABOUT_ROWS = ("FF3", "FF4", "FF5")
ABOUT_REAL = ("FF402",)  # says something of the patients, not of the rows
SETTINGS: dict[str, Any] = {
    "ratios": (1.0, 5.0), "learners": ("logistic",), "controls": ("none",), "repeats": 1, "negative_control_repeats": 1,
    "seed_repeats": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Task:
    """One study of one cohort."""

    world: str
    n: int
    repeat: int

    @property
    def key(self) -> str:
        """The name of its file."""
        return f"studies/{self.world}-{self.n:03d}-{self.repeat:04d}"


def tasks(repeats: int, sizes: tuple[int, ...] = SIZES) -> list[Task]:
    """All studies, the first repeats of everything first."""
    return [Task(world, n, repeat) for repeat in range(repeats) for world in WORLDS for n in sizes]


def compute(task: Task) -> dict[str, Any]:
    """The findings about the rows of either method."""
    oracle.make_known()
    rng = derive(0, "studies", task.world, task.n, task.repeat)
    methods = tuple({"method": "oracle", "label": label, "params": {"world": task.world}} for label in METHODS)
    cohort = datasets.load(task.world, n=task.n, rng=rng)
    result = Study(cohort, seed=seed_of(rng), methods=methods, min_per_class=5, **SETTINGS).run()
    found = [f for f in result.findings if f.code.startswith(ABOUT_ROWS) and f.code not in ABOUT_REAL]
    return {"world": task.world, "n": task.n, "repeat": task.repeat, "codes": sorted({f.code for f in found})}
