"""Whether the verdicts of a study hold when it is run with other seeds: other splits, other draws, the same patients.

FEWFOLD_SEEDS is the number of seeds of each study (3), FEWFOLD_STUDIES the folder of the results (else ``.seeds``); a
run that was stopped goes on. The protocol is that of a study as it is by default, with four repeats of the folds and
not ten. Two methods are tried that differ in what they are, at the least and the largest ratio.
"""

from __future__ import annotations

import os
import warnings
from collections import Counter
from pathlib import Path

import fewfold as ff
from fewfold.data.cohort import Cohort

COHORTS = ("pbc", "hcc_survival", "bmt", "dmd_carriers", "rhdnase_cf")
METHODS = ("gaussian_copula", "sequential_trees")
PROTOCOL = {"methods": METHODS, "ratios": (1.0, 5.0), "repeats": 4}
FOLLOWED = ("pbc", "larynx")  # also with the time to the event itself for target


def cohorts() -> dict[str, Cohort]:
    """Published cohorts by name."""
    found = {name: ff.datasets.load(name) for name in COHORTS}
    return found | {f"{name}, time to event": ff.survival_of(ff.datasets.load(name)) for name in FOLLOWED}


def main() -> None:
    warnings.simplefilter("ignore")
    out = Path(os.environ.get("FEWFOLD_STUDIES", ".seeds"))
    seeds = range(int(os.environ.get("FEWFOLD_SEEDS", "3")))
    alike = total = 0
    for name, cohort in cohorts().items():
        protocol = {**PROTOCOL, **({"methods": ("survival_copula",)} if cohort.task == "survival" else {})}
        told: dict[tuple[str, float], list[str]] = {}
        for seed in seeds:
            folder = out / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}"
            result = ff.Study(cohort, name=name, seed=seed, **protocol).run(folder, jobs=os.cpu_count() or 1)
            for verdict in result.verdicts:
                told.setdefault((verdict.method, verdict.ratio), []).append(verdict.verdict)
        for (method, ratio), calls in told.items():
            most = Counter(calls).most_common(1)[0][1]
            alike, total = alike + most, total + len(calls)
            print(f"{name}: {method} at {ratio:g}: {', '.join(calls)}", flush=True)
    print(f"{alike} of {total} verdicts are those of most seeds of the same study")


if __name__ == "__main__":
    main()
