"""What a source is worth on real patients: a small cohort, with a related cohort, with a shuffled one, and alone.

Run as ``python -m benchmarks.transfer [seeds] [methods]``. PBC (FEWFOLD_DATA, or ../shared/data): the cohort is patients
on the drug, the source those on placebo; and women, with men; and those of the breast cancer trial of the GBSG before
menopause, with those after it. Cohorts are cut to n patients; all others of their group are tested on. For each seed:
the change of the AUROC of a logistic regression when three synthetic rows for each patient join, and for a network of
the log density of fresh patients, against the same method without the source. ``shuffled``: the source with each column
in an order of its own; ``flipped``: numbers with the signs of every other one turned.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from lifelines.datasets import load_gbsg2
from sklearn.metrics import roc_auc_score

from benchmarks._tables import _cohort
from fewfold.core.seeds import derive
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Method, method
from fewfold.methods.borrowing import _shuffled
from fewfold.metrics.utility.learners import LEARNERS

SIZES, RATIO = (30, 60), 3
FOLDER = Path(os.environ.get("FEWFOLD_DATA", Path(__file__).parents[2] / "shared" / "data"))
Halves = tuple[Cohort, Cohort]  # whom the cohort is drawn from, and the source


def worlds() -> dict[str, Halves]:
    pbc = pd.read_csv(FOLDER / "pbc/pbc.csv").query("trt == trt")
    pbc = pbc[(pbc["status"] == 2) | (pbc["time"] > 1825)]
    pbc = pbc.assign(y=(pbc["time"] <= 1825) & (pbc["status"] == 2)).drop(columns=["id", "time", "status"])
    breast = load_gbsg2()
    breast = breast[(breast["cens"] == 1) | (breast["time"] > 1000)]
    breast = breast.assign(y=breast["time"] <= 1000).drop(columns=["time", "cens"])
    return {
        "pbc by treatment": _halves(pbc, "trt", 1),
        "pbc women, men lend": _halves(pbc, "sex", "f"),
        "gbsg2 by menopause": _halves(breast, "menostat", "Pre"),
    }


def _halves(frame: pd.DataFrame, column: str, own: Any) -> Halves:
    whole, mine = _cohort(frame.drop(columns=column)), (frame[column] == own).to_numpy()
    return whole.take(np.flatnonzero(mine)), whole.take(np.flatnonzero(~mine))


def _flipped(source: Cohort) -> Cohort:
    numbers = [v.name for v in source.schema.features if not v.discrete][::2]
    return Cohort.real(source.table.assign(**{name: -source.table[name] for name in numbers}), source.schema)


def _drawn(pool: Cohort, n: int, rng: np.random.Generator) -> Halves:
    """``n`` patients, as many of each class as in the pool, and the others."""
    ill = rng.permutation(np.flatnonzero(pool.y == 1))
    well = rng.permutation(np.flatnonzero(pool.y == 0))
    k = max(8, round(n * float(pool.y.mean())))
    chosen = np.sort(np.r_[ill[:k], well[: n - k]])
    return pool.take(chosen), pool.take(np.setdiff1d(np.arange(len(pool)), chosen))


def _auroc(train: Cohort, fresh: Cohort) -> float:
    return float(roc_auc_score(fresh.y, LEARNERS["logistic"].fit_predict(train, fresh)))


def _told(fitted: Method, cohort: Cohort, fresh: Cohort, seed: int) -> tuple[float, float]:
    found = _auroc(fitted.expand(cohort, RATIO, rng=seed), fresh)
    if not hasattr(fitted, "log_density"):
        return found, np.nan
    density = fitted.log_density(fresh)
    return found, float(density[np.isfinite(density)].mean())


def main(seeds: int = 20, names: str = "gaussian_copula,bayesian_network") -> None:
    """Print a table; medians over seeds, and standard errors of the mean."""
    warnings.filterwarnings("ignore")
    print("world, n, method, source: change of AUROC (median, SE), of log density; share borrowed; seconds a fit")
    for (world, (pool, source)), n, name in (
        (w, n, m) for w in worlds().items() for n in SIZES for m in names.split(",")
    ):
        gains: dict[str, list[tuple[float, float]]] = {"related": [], "shuffled": [], "flipped": []}
        shares: dict[str, list[float]] = {kind: [] for kind in gains}
        took, base = 0.0, []
        for seed in range(seeds):
            rng = derive(seed, world, n)
            cohort, fresh = _drawn(pool, n, rng)
            alone = _told(method(name).fit(cohort, rng=seed), cohort, fresh, seed)
            base.append((_auroc(cohort, fresh), alone[0]))
            lent = {"related": source, "shuffled": _shuffled(source, rng), "flipped": _flipped(source)}
            for kind, lender in lent.items():
                begin = process_time()
                fitted = method(name).fit(cohort, rng=seed, source=lender)
                took += process_time() - begin
                assert fitted.borrowed is not None
                shares[kind].append(fitted.borrowed.share)
                gains[kind].append(tuple(np.subtract(_told(fitted, cohort, fresh, seed), alone)))
        print(f"\n{world}, n = {n}, {name}: AUROC {np.mean(base, axis=0).round(3)} without rows and with them")
        for kind, rows in gains.items():
            told = np.array(rows)
            said = [
                f"{np.median(c):+.3f} (mean {c.mean():+.3f}, SE {c.std(ddof=1) / np.sqrt(len(c)):.3f})" for c in told.T
            ]
            print(
                f"  {kind:8s} AUROC {said[0]}; log density {said[1]}; shares {dict(sorted(Counter(shares[kind]).items()))}"
            )
        print(f"  {took / (3 * seeds):.2f} s a fit with a source", flush=True)


if __name__ == "__main__":
    main(*([int(sys.argv[1])] if len(sys.argv) > 1 else []), *sys.argv[2:3])
