"""The headline scores of SDMetrics and SynthEval on the rows that the faults were planted in.

They run in the interpreter that the environment variable ``FEWFOLD_PEERS`` names, so that nothing here depends on them.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.proof import rows
from benchmarks.proof.setups import SETUPS
from fewfold.data.cohort import Cohort

SETUP_NAMES = ("clinic", "clusters", "pbc")
SCRIPT = Path(__file__).with_name("peers_score.py")
LEVEL = 0.05
# what each score is, and the value that its documentation asks for, where it asks for one
SCORES: dict[str, tuple[str, float | None]] = {
    "sdmetrics_quality": ("SDMetrics quality report", None),
    "sdmetrics_diagnostic": ("SDMetrics diagnostic report", 1.0),
    "sdmetrics_new_rows": ("SDMetrics NewRowSynthesis", 1.0),
    "syntheval_utility": ("SynthEval utility", None),
    "syntheval_privacy": ("SynthEval privacy", None),
}


@dataclass(frozen=True)
class Task:
    """The rows of one study of the part ``rows``, in their strong forms."""

    setup: str
    n: int
    repeat: int

    @property
    def key(self) -> str:
        """The name of its file."""
        return f"peers/{self.setup}-{self.n:03d}-{self.repeat:04d}"


def tasks(repeats: int, sizes: tuple[int, ...]) -> list[Task]:
    """All studies, the first repeats of everything first."""
    return [
        Task(name, n, repeat)
        for repeat in range(repeats)
        for name in SETUP_NAMES
        for n in SETUPS[name].sizes
        if n in sizes
    ]


def there() -> bool:
    """Whether an interpreter with the peers is named."""
    return bool(os.environ.get("FEWFOLD_PEERS"))


def interpreter() -> str:
    """The interpreter with the peers in it."""
    found = os.environ.get("FEWFOLD_PEERS", "")
    if not found:
        raise SystemExit("FEWFOLD_PEERS does not name a Python that has sdmetrics and syntheval installed")
    return found


def compute(task: Task) -> dict[str, Any]:
    """The scores of fresh rows and of each fault in its strong form."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "synthetic").mkdir()
        for fault, strength, seen in rows.comparisons(rows.Task(task.setup, task.n, task.repeat)):
            if strength in (0.0, 1.0):
                _write(seen.synthetic, folder / "synthetic" / f"{fault}.csv")
                if fault == rows.FRESH:
                    _describe(seen.train, seen.holdout, folder)
        done = subprocess.run(
            [interpreter(), str(SCRIPT), name], check=True, capture_output=True, text=True, env=_plain(), cwd=folder
        )
    read = json.loads(done.stdout.splitlines()[-1])
    return {"setup": task.setup, "n": task.n, "repeat": task.repeat, "read": read}


def passed(results: list[dict[str, Any]]) -> dict[tuple[str, int, str, str], tuple[list[bool], list[bool]]]:
    """By setup, n, fault and score, for each study: whether the value is as the documentation asks for, and whether it
    is no worse than the worst ``LEVEL`` of fresh rows."""
    fresh: dict[tuple[str, int, str], list[float]] = {}
    for study in results:
        for score, value in study["read"][rows.FRESH].items():
            if value is not None:
                fresh.setdefault((study["setup"], study["n"], score), []).append(value)
    out: dict[tuple[str, int, str, str], tuple[list[bool], list[bool]]] = {}
    for study in results:
        for fault, read in study["read"].items():
            for score, value in read.items():
                if value is None:
                    continue
                asked = SCORES[score][1]
                least = np.quantile(fresh[study["setup"], study["n"], score], LEVEL, method="lower")
                one = out.setdefault((study["setup"], study["n"], fault, score), ([], []))
                one[0].append(asked is None or value >= asked - 1e-9)
                one[1].append(bool(value >= least))
    return out


def _describe(train: Cohort, holdout: Cohort, folder: Path) -> None:
    _write(train, folder / "train.csv")
    _write(holdout, folder / "holdout.csv")
    kinds = {v.name: "categorical" if v.discrete else "numerical" for v in train.schema.modelled}
    (folder / "columns.json").write_text(json.dumps(kinds))
    (folder / "target.txt").write_text(train.schema.modelled[-1].name)


def _write(cohort: Cohort, path: Path) -> None:
    cohort.table[[v.name for v in cohort.schema.modelled]].to_csv(path, index=False)


def _plain() -> dict[str, str]:
    """The environment without the paths of this Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONWARNINGS": "ignore"}
