"""What a source is worth on real patients: a small cohort, with a related cohort, with a misleading one, and alone.

Run as ``python -m benchmarks.transfer [seeds] [methods]``. PBC (FEWFOLD_DATA, or ../shared/data): the cohort is
patients on the drug, and those on placebo lend; or women, and men lend. Breast cancer (GBSG 2): women before menopause,
and those after it lend. The cohort is cut to n patients, and all others of its group are tested on. For each seed what
changes against the same method without the source: the AUROC of a logistic regression once three synthetic rows for
each patient join; how far the rank correlations of drawn rows are from those of fresh patients (root of the mean
square); of a network, the log density of fresh patients. ``shuffled``: the source with each column in an order of its
own; ``flipped``: the signs of every other number turned.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from itertools import product
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


def _told(fitted: Method, cohort: Cohort, fresh: Cohort, seed: int) -> tuple[float, ...]:
    auroc = _auroc(fitted.expand(cohort, RATIO, rng=seed), fresh)
    drawn = [pd.DataFrame(c.modelled).corr("spearman").to_numpy() for c in (fitted.sample(1000, rng=seed), fresh)]
    away = float(np.sqrt(np.nanmean((drawn[0] - drawn[1]) ** 2)))
    if not hasattr(fitted, "log_density"):
        return auroc, away
    density = fitted.log_density(fresh)
    return auroc, away, float(density[np.isfinite(density)].mean())


def _line(name: str, values: np.ndarray) -> str:
    return f"{name} {np.median(values):+.3f} ({values.std(ddof=1) / np.sqrt(len(values)):.3f})"


def main(seeds: int = 20, names: str = "gaussian_copula,bayesian_network") -> None:
    """Print the medians of all changes over seeds, their standard errors, and which shares were borrowed."""
    warnings.filterwarnings("ignore")
    for (world, (pool, source)), n, name in product(worlds().items(), SIZES, names.split(",")):
        found: dict[str, list[Any]] = {"related": [], "shuffled": [], "flipped": []}
        shares: dict[str, Counter[float]] = {kind: Counter() for kind in found}
        base, took = [], 0.0
        for seed in range(seeds):
            rng = derive(seed, world, n)
            cohort, fresh = _drawn(pool, n, rng)
            alone = np.array(_told(method(name).fit(cohort, rng=seed), cohort, fresh, seed))
            base.append([_auroc(cohort, fresh), *alone])
            lent = {"related": source, "shuffled": _shuffled(source, rng), "flipped": _flipped(source)}
            for kind, lender in lent.items():
                begin = process_time()
                fitted = method(name).fit(cohort, rng=seed, source=lender)
                took += process_time() - begin
                shares[kind][fitted.borrowed.share if fitted.borrowed else 0.0] += 1
                found[kind].append(np.array(_told(fitted, cohort, fresh, seed)) - alone)
        print(f"\n{world}, n = {n}, {source.n_subjects} lend, {name}: {took / (3 * seeds):.1f} s a fit with a source")
        print(f"  AUROC without rows, and without source AUROC, distance: {np.median(base, axis=0).round(3)}")
        for kind, rows in found.items():
            told = zip(("AUROC", "distance", "log density"), np.array(rows).T, strict=False)
            print(
                f"  {kind:8s} {', '.join(_line(*one) for one in told)}; {dict(sorted(shares[kind].items()))}",
                flush=True,
            )


if __name__ == "__main__":
    main(*([int(sys.argv[1])] if len(sys.argv) > 1 else []), *sys.argv[2:3])
