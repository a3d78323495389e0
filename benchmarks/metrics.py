"""Speed and memory of the metrics: each with its interval and its null, and all of them on two workers.

Peak memory is that of a process that holds the tables and measures one thing. Set FEWFOLD_PEERS to a Python interpreter
with sdmetrics and syntheval installed to have their times on the same tables; FEWFOLD_SIZES to other sizes.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from fewfold.core.errors import NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import Provenance, Record
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import METRICS, Comparison, metric
from fewfold.study.cells import metrics_of
from fewfold.study.measuring import measure_all

SIZES = (300, 2_000, 20_000, 1_000_000)
COLUMNS = 30
SECONDS, PEAK_MB = 30.0, 2000.0  # to reach at 20,000 rows
STUDY = (150, 20, 15)  # rows a side and columns of a half-split, and repeats
QUALITY = ("ks", "tvd", "association")  # what a quality report holds: shapes and pairs
SAME = {"sdmetrics": QUALITY, "syntheval": ()}  # the metrics that give what a tool gives; () for all
TURNS = 3  # of either side
PEERS = ((300, "syntheval"), (20_000, "sdmetrics"))


def comparison(n: int, columns: int = COLUMNS, seed: int = 0) -> Comparison:
    """``n`` rows a side of one world: half numbers, a sixth counts, then levels and a binary target; every third
    variable has a tenth missing."""
    rng, rows = np.random.default_rng(seed), 3 * n
    common = rng.normal(size=rows)
    data, variables = {}, []
    for j in range(columns):
        x, name, target = rng.normal(size=rows) + common, f"x{j}", j == columns - 1
        gone = (rng.random(rows) < 0.1) & (j % 3 == 0)
        if j < columns * 2 // 3:
            whole = j >= columns // 2
            data[name] = np.where(gone, np.nan, np.round(np.exp(x)) if whole else x)
            variables.append(Variable(name=name, kind="integer" if whole else "numeric"))
            continue
        boolean = bool(j % 2)
        levels = ("no", "yes") if boolean else ("a", "b", "c", "d")
        codes = np.digitize(x, [0.0] if boolean else [-1.0, 0.0, 1.0])
        data[name] = pd.Categorical.from_codes(np.where(gone & (not target), -1, codes), list(levels))
        kind = "boolean" if boolean else "categorical"
        variables.append(Variable(name=name, kind=kind, levels=levels, role="target" if target else "feature"))
    schema = Schema(variables=tuple(variables))
    cohort = Cohort.real(pd.DataFrame(data), schema)
    train, holdout, made = (cohort.take(np.arange(k * n, (k + 1) * n)) for k in range(3))
    rows_made = Cohort(made.table.reset_index(drop=True), schema, Provenance.synthetic(n, Record("fresh", "0")))
    return Comparison(train.as_part("train"), holdout.as_part("holdout"), rows_made)


class Cost(NamedTuple):
    """What work took: seconds of wall and of processor time (less wall than that: two cores; more: a busy machine)."""

    wall: float
    cpu: float
    peak_mb: float
    said: str

    def __str__(self) -> str:
        return f"{self.wall:8.2f} s wall {self.cpu:8.2f} s cpu {self.peak_mb:6.0f} MB   {self.said}"


def apart(work: Callable[[], str]) -> Cost:
    """The cost of work in a process of its own, which inherits the tables."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def child() -> None:
        begin, busy = perf_counter(), process_time()
        said = work()
        used = perf_counter() - begin, process_time() - busy
        theirs.send(Cost(*used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, said))

    process = context.Process(target=child)
    process.start()
    found: Cost = ours.recv()
    process.join()
    return found


def measured(name: str, tables: Comparison) -> str:
    try:
        seen = metric(name).measure(tables, rng=0)
    except NotApplicable as absent:
        return absent.reason
    drawn = seen.details.get("subsampled_rows")
    sampled = f", {drawn:.0f} rows drawn, their SE {seen.details['subsampling_se']:.4f}" if drawn else ""
    return f"{seen.value:.4f} ({seen.low:.4f} to {seen.high:.4f}){sampled}"


def everything(tables: Comparison) -> str:
    rows = measure_all(tables, seed=0, jobs=2)
    return f"{sum(row.value is not None for row in rows)} metrics"


def values(tables: Comparison, names: tuple[str, ...]) -> str:
    """Bare values, without interval and null, as other tools give them."""
    known = 0
    with threadpool_limits(1):
        for name in names:
            try:
                metric(name).value(tables, rng=0)
            except NotApplicable:
                continue
            known += 1
    return f"{known} values"


def study() -> None:
    """Medians of the bare values as a study calls them: one metric after the other on the same new tables."""
    n, columns, repeats = STUDY
    taken: dict[str, list[float]] = {}
    for seed in range(repeats):
        tables = comparison(n, columns, seed)
        for part in (tables.train, tables.holdout, tables.synthetic):
            part.modelled, part.matrix, part.subjects  # noqa: B018 - a study has them from the whole cohort
        for name in METRICS.names():
            with threadpool_limits(1):
                begin = process_time()
                try:
                    metric(name).value(tables, rng=0)
                except NotApplicable:
                    continue
                taken.setdefault(name, []).append(process_time() - begin)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"  {name:24} {1e3 * median:8.2f} ms")
    print(f"{n} x {n} rows, {columns} columns, bare values in all: {1e3 * sum(medians.values()):.1f} ms", flush=True)


def peer(interpreter: str, tool: str, tables: Comparison) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("train", "holdout", "synthetic"):
            getattr(tables, name).table.to_csv(Path(folder) / f"{name}.csv", index=False)
        script = Path(__file__).with_name("_metrics_peers.py").resolve()
        command = [str(Path(interpreter).absolute()), str(script), folder, tool, tables.train.schema.target.name]
        told = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if told.returncode:
        print(f"{tool} failed: {told.stderr.strip().splitlines()[-1]}")
        return {}
    found: dict[str, float] = json.loads(told.stdout.strip().splitlines()[-1])
    return found


def against(interpreter: str) -> None:
    """Processor time of both sides, so that a busy machine says nothing; medians of runs in turn. What either side
    imports is there before."""
    few = comparison(50)
    names_of_all = tuple(metrics_of(few.train))
    values(few, names_of_all)
    for n, tool in PEERS:
        tables = comparison(n)
        whole = apart(lambda t=tables: everything(t)).cpu
        theirs: dict[str, list[float]] = {}
        ours: dict[str, list[float]] = {}
        for _ in range(TURNS):
            for what, seconds in peer(interpreter, tool, tables).items():
                names = ("exact_copies",) if "NewRow" in what else SAME[tool] or names_of_all
                theirs.setdefault(what, []).append(seconds)
                ours.setdefault(what, []).append(apart(lambda t=tables, names=names: values(t, names)).cpu)
        for what, seconds_of in theirs.items():
            them, us = statistics.median(seconds_of), statistics.median(ours[what])
            print(f"{what}, {n} rows: {them:.2f} s; the same figures {us:.3f} s, {them / us:.0f} times as fast")
            print(
                f"    all metrics with intervals and nulls: {whole:.2f} s, {them / whole:.2f} times as fast", flush=True
            )


def main() -> None:
    study()
    for n in map(int, os.environ.get("FEWFOLD_SIZES", " ".join(map(str, SIZES))).split()):
        tables = comparison(n)
        print(f"{n} rows a side, {COLUMNS} columns", flush=True)
        for name in METRICS.names():
            print(f"  {name:24} {apart(lambda t=tables, name=name: measured(name, t))}", flush=True)
        goal = f" (to reach {SECONDS:.0f} s and {PEAK_MB:.0f} MB)" if n == 20_000 else ""
        print(f"  {'all, two workers':24} {apart(lambda t=tables: everything(t))}{goal}", flush=True)
    if os.environ.get("FEWFOLD_PEERS"):
        against(os.environ["FEWFOLD_PEERS"])
    else:
        print("FEWFOLD_PEERS is not set: other tools were not timed")


if __name__ == "__main__":
    main()
