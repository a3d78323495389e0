"""Who is judged on what: simulated worlds and published cohorts, cut into training, holdout and fresh patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fewfold.core.seeds import Rng
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.faults import FAULTS, Fresh

RATIO = 5  # synthetic rows for each training row
SIZES = (30, 60, 120, 300)
IN_TIME = ("scrambled_time", "broken_censoring")
ROWS = tuple(name for name in FAULTS if name not in IN_TIME)


@dataclass(frozen=True)
class Setup:
    """A world or a cohort, the sizes that it allows and the faults that are planted in it."""

    name: str
    parts: Callable[[int, Rng], tuple[Cohort, Cohort, Fresh, int]]
    faults: tuple[str, ...]
    sizes: tuple[int, ...] = SIZES


def _world(make: Callable[..., Any]) -> Callable[[int, Rng], tuple[Cohort, Cohort, Fresh, int]]:
    def parts(n: int, rng: Rng) -> tuple[Cohort, Cohort, Fresh, int]:
        train, holdout, _ = cut(make(2 * n, rng=rng).cohort, n, rng)
        return train, holdout, lambda k, generator: make(k, rng=generator).cohort, RATIO * n

    return parts


def _cohort(fetch: Callable[[], Cohort]) -> Callable[[int, Rng], tuple[Cohort, Cohort, Fresh, int]]:
    def parts(n: int, rng: Rng) -> tuple[Cohort, Cohort, Fresh, int]:
        train, holdout, rest = cut(fetch(), n, rng)
        return train, holdout, rest, min(RATIO * n, rest.n_subjects)  # so that no fresh patient is used twice

    return parts


def cut(cohort: Cohort, n: int, rng: Rng) -> tuple[Cohort, Cohort, Cohort]:
    """``n`` patients to train, ``n`` to hold out, and the rest."""
    order = rng.permutation(np.unique(cohort.subjects))
    cuts = (order[:n], order[n : 2 * n], order[2 * n :])
    train, holdout, rest = (cohort.take(np.flatnonzero(np.isin(cohort.subjects, who))) for who in cuts)
    return train.as_part("train"), holdout.as_part("holdout"), rest


SETUPS: dict[str, Setup] = {
    setup.name: setup
    for setup in (
        Setup("clinic", _world(datasets.make_clinic), ROWS),
        Setup("clusters", _world(datasets.make_clusters), tuple(f for f in ROWS if f != "implausible_values")),
        Setup("visits", _world(datasets.make_visits), ("scrambled_time",)),
        Setup("follow_up", _world(datasets.make_follow_up), ("broken_censoring",)),
        Setup("pbc", _cohort(datasets.fetch_pbc), (*ROWS, "broken_censoring"), (30, 60)),
        Setup("hcc", _cohort(datasets.fetch_hcc_survival), ROWS, (30,)),
    )
}
