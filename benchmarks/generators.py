"""Speed and memory of the generators: fit and sample 300 x 20, and 1,000,000 x 20 streamed to Parquet.

Each line gives the median, the target and their ratio (below 1 is reached).
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from fewfold.data.cohort import Cohort
from fewfold.data.io.stream import write_stream
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import method

FIT_AND_SAMPLE_S = {
    "gaussian_copula": 0.05,
    "sequential_trees": 0.5,
    "adversarial_forest": 0.5,
    "bayesian_network": 0.5,
}
STREAM_S, STREAM_MB = 60.0, 1000.0
REPEATS = 9


def table(n: int = 300) -> Cohort:
    """20 columns: 10 numbers (4 with missing values), 4 counts, 5 levels, and a binary target."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(n, 20)) + rng.normal(size=(n, 1))
    columns, variables = {}, []
    for j in range(14):
        name, whole = f"x{j}", j >= 10
        values = np.round(np.exp(latent[:, j])) if whole else latent[:, j]
        columns[name] = np.where((rng.random(n) < 0.1) & (j < 4), np.nan, values)
        variables.append(Variable(name=name, kind="integer" if whole else "numeric"))
    for j in range(14, 20):
        name, levels = f"x{j}", ("a", "b", "c", "d") if j < 17 else ("no", "yes")
        codes = np.digitize(latent[:, j], np.linspace(-1, 1, len(levels) - 1) if len(levels) > 2 else [0.0])
        columns[name] = pd.Categorical.from_codes(codes, list(levels))
        role = "target" if j == 19 else "feature"
        variables.append(Variable(name=name, kind="categorical" if j < 17 else "boolean", role=role, levels=levels))
    return Cohort.real(pd.DataFrame(columns), Schema(variables=tuple(variables)))


def fit_and_sample(name: str, cohort: Cohort) -> float:
    seconds = []
    for seed in range(REPEATS):
        begin = perf_counter()
        method(name).fit(cohort, rng=seed).sample(300, rng=seed)
        seconds.append(perf_counter() - begin)
    return statistics.median(seconds)


def streamed(name: str, rows: int) -> tuple[float, float]:
    """Seconds, and the peak memory in MB of a process that does nothing else."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_stream, (name, rows))


def _stream(name: str, rows: int) -> tuple[float, float]:
    fitted = method(name).fit(table(), rng=0)
    with tempfile.TemporaryDirectory() as folder:
        begin = perf_counter()
        write_stream(fitted.stream(rows, rng=1), Path(folder) / "synthetic.parquet")
        seconds = perf_counter() - begin
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    cohort = table()
    for name, target in FIT_AND_SAMPLE_S.items():
        seconds = fit_and_sample(name, cohort)
        _line(f"{name}: fit and sample 300 x 20", seconds * 1e3, target * 1e3, "ms")
    for name in FIT_AND_SAMPLE_S:
        seconds, peak = streamed(name, 1_000_000)
        _line(f"{name}: 1,000,000 x 20 to Parquet", seconds, STREAM_S, "s")
        _line(f"{name}: peak memory of it", peak, STREAM_MB, "MB")
        _line(f"{name}: the same at 100,000 rows, as a share", streamed(name, 100_000)[1] / peak, 1.0, "")


def _line(what: str, value: float, target: float, unit: str) -> None:
    print(f"{what:62s} {value:10.2f} {unit:3s} target {target:7.0f}   ratio {value / target:.3f}", flush=True)


if __name__ == "__main__":
    main()
