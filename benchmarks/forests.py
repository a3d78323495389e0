"""The adversarial forest beside arfpy: time to fit, and likelihood of patients held out, on the same columns and rows.

Set FEWFOLD_PEERS_TABLES to a Python interpreter with arfpy (it needs a numpy below 2.4), and FEWFOLD_DATA to the folder
of the published cohorts. Times are of one thread's processor, without imports, before and after those of arfpy. The
likelihood is that of features and target: a level counts by its probability, and so does the step in which a number is
recorded. Patients who show what no training patient shows are left out. ``cut``: arfpy's normals, which reach outside
the range of the training patients, cut at that range as ours are.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from benchmarks._peer import command, environment
from fewfold.core.types import Bools, Floats
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema
from fewfold.methods.generators.adversarial_forest import AdversarialForest
from fewfold.methods.generators.margins import decimals

COHORTS = ("pbc", "hcc_survival", "bmt", "lung")
SPLITS, TRAIN, MISSING = 5, 150, 0.06
FASTER = 5.0


def complete(name: str) -> Cohort:
    """Features with few missing values, and the target, of the patients who miss none."""
    cohort = datasets.load(name)
    few = np.isnan(cohort.modelled).mean(axis=0) < MISSING
    schema = Schema(variables=tuple(v for v, kept in zip(cohort.schema.modelled, few, strict=True) if kept))
    return Cohort.real(cohort.table.loc[~np.isnan(cohort.modelled[:, few]).any(axis=1), schema.names], schema)


def half_steps(cohort: Cohort) -> Floats:
    """Half a step of each number, 0 where there is none; -1 for levels."""
    halves = []
    for variable, column in zip(cohort.schema.modelled, cohort.modelled.T, strict=True):
        places = decimals(column, variable)
        halves.append(-1.0 if variable.discrete else 0.5 * 10.0**-places if places >= 0 else 0.0)
    return np.array(halves)


def shown(train: Floats, test: Floats, half: Floats) -> Bools:
    """Whether a row has only levels, and numbers in the range, that training rows have."""
    inside = (test >= train.min(axis=0)) & (test <= train.max(axis=0))
    for j in np.flatnonzero(half < 0):
        inside[:, j] = np.isin(test[:, j], train[:, j])
    return inside.all(axis=1)


def ours(train: Cohort, test: Cohort, seed: int) -> tuple[float, Floats, int]:
    """Seconds to fit, log likelihood of each test row, and forests grown."""
    begin = process_time()
    fitted = AdversarialForest().fit(train, rng=seed)
    taken = process_time() - begin
    return taken, fitted.log_density(test), len(fitted.accuracy)


def peer(interpreter: str, folder: Path, works: dict[str, Any]) -> list[dict[str, Any]]:
    """What arfpy gave for each of the works."""
    (folder / "works.json").write_text(json.dumps(works))
    line = [*command(interpreter, "_forests_peers.py"), str(folder / "works.json")]
    told = subprocess.run(line, capture_output=True, text=True, env=environment(), check=True)
    found: list[dict[str, Any]] = json.loads(told.stdout.strip().splitlines()[-1])
    return found


def splits(name: str) -> list[tuple[Cohort, Cohort]]:
    cohort = complete(name)
    n = min(TRAIN, 2 * len(cohort) // 3)
    orders = [np.random.default_rng(seed).permutation(len(cohort)) for seed in range(SPLITS)]
    return [(cohort.take(order[:n]), cohort.take(order[n:])) for order in orders]


def compare(name: str, interpreter: str | None) -> None:
    parts = splits(name)
    half = half_steps(complete(name))
    before = [ours(train, test, seed) for seed, (train, test) in enumerate(parts)]
    n, p = parts[0][0].modelled.shape
    print(f"  {name}: {n} x {p}, {SPLITS} splits, {len(parts[0][1])} patients held out of each")
    _times("fewfold", [taken for taken, _, _ in before], [grown for _, _, grown in before])
    if interpreter is None:
        return
    works = {
        "half": half.tolist(),
        "splits": [{"train": a.modelled.tolist(), "test": b.modelled.tolist()} for a, b in parts],
    }
    with tempfile.TemporaryDirectory() as folder:
        theirs = peer(interpreter, Path(folder), works)
    after = [ours(train, test, seed) for seed, (train, test) in enumerate(parts)]
    _times("arfpy", [one["seconds"] for one in theirs], [one["forests"] for one in theirs])
    taken = [taken for taken, _, _ in [*before, *after]]
    ratio = statistics.median(one["seconds"] for one in theirs) / statistics.median(taken)
    print(f"    {ratio:.1f} times as fast as arfpy (to reach {FASTER:.0f})")
    kept = np.concatenate([shown(a.modelled, b.modelled, half) for a, b in parts])
    log = np.concatenate([log for _, log, _ in before])[kept]
    for which in ("as it is", "cut"):
        _likelihood(which, log, np.concatenate([one[which] for one in theirs])[kept], len(kept))


def _times(who: str, seconds: list[float], forests: list[int]) -> None:
    print(f"    {who:8} {statistics.median(seconds):7.3f} s to fit, {statistics.mean(forests):.1f} forests", flush=True)


def _likelihood(which: str, log: Floats, other: Floats, rows: int) -> None:
    """Mean log likelihood of a row under both, and the mean difference with its standard error over rows."""
    both = np.isfinite(log) & np.isfinite(other)
    apart = log[both] - other[both]
    print(
        f"    arfpy {which:8} {other[both].mean():9.3f}, fewfold {log[both].mean():9.3f}: {apart.mean():+.3f} "
        f"(SE {apart.std() / np.sqrt(len(apart)):.3f}); {both.sum()} of {rows} rows, impossible to fewfold "
        f"{(~np.isfinite(log)).sum()}, to arfpy {(~np.isfinite(other)).sum()}",
        flush=True,
    )


def main() -> None:
    interpreter = os.environ.get("FEWFOLD_PEERS_TABLES")
    train, test = splits(COHORTS[0])[0]
    ours(train, test, 0)  # imports
    for name in COHORTS:
        compare(name, interpreter)
    if interpreter is None:
        print("  FEWFOLD_PEERS_TABLES is not set: arfpy was not timed")


if __name__ == "__main__":
    main()
