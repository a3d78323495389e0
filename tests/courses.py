"""Patients with visits, and comparisons of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from fewfold.data.cohort import Cohort
from fewfold.data.provenance import Provenance, Record
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.base import Comparison

VARIABLES = (
    Variable(name="id", kind="integer", role="subject"),
    Variable(name="day", kind="numeric", role="visit_time"),
    Variable(name="x", kind="numeric"),
    Variable(name="y", kind="numeric"),
    Variable(name="sex", kind="boolean", levels=("f", "m")),
)


def course(patients: int, seed: int, visits: int = 6) -> Cohort:
    """A level of the patient, a slope and an autocorrelated rest."""
    rng = np.random.default_rng(seed)
    day = np.tile(np.arange(visits) * 90.0, patients)
    one = np.repeat(np.arange(patients), visits)
    rest = np.zeros((patients, visits, 2))
    for t in range(1, visits):
        rest[:, t] = 0.8 * rest[:, t - 1] + rng.normal(0, 0.6, (patients, 2))
    level = np.repeat(rng.normal(size=(patients, 2)), visits, axis=0) + rest.reshape(-1, 2)
    level[:, 0] += np.repeat(rng.normal(0.002, 0.001, patients), visits) * day
    sex = pd.Categorical(np.repeat(rng.choice(["f", "m"], patients), visits), categories=["f", "m"])
    table = pd.DataFrame({"id": one, "day": day, "x": level[:, 0], "y": level[:, 1], "sex": sex})
    table.loc[rng.random(len(table)) < 0.1, "y"] = np.nan
    return Cohort.real(table, Schema(variables=VARIABLES))


def made(cohort: Cohort) -> Cohort:
    """Synthetic rows that keep their patients."""
    return Cohort(cohort.table, cohort.schema, Provenance.synthetic(len(cohort), Record("test", "0")))


def comparison(n: int = 40) -> Comparison:
    real = course(2 * n, 0)
    half = n * 6
    train, holdout = real.take(np.arange(half)), real.take(np.arange(half, 2 * half))
    return Comparison(train.as_part("train"), holdout.as_part("holdout"), made(course(n, 1)))


def shuffled(cohort: Cohort, seed: int = 0) -> Cohort:
    """The values of each patient in another order; of a table that is sorted by patient."""
    rng = np.random.default_rng(seed)
    table = cohort.table.copy()
    order = np.lexsort((rng.random(len(table)), table["id"]))
    table[["x", "y"]] = table[["x", "y"]].to_numpy()[order]
    return replace(cohort, table=table)


def irregular(patients: int, seed: int, *, gap: float = 90.0, stays: float = 0.8) -> Cohort:
    """Visits after a random time, of patients who come again with the probability ``stays``, in no order."""
    rng = np.random.default_rng(seed)
    visits = rng.geometric(1 - stays, patients)
    one = np.repeat(np.arange(patients), visits)
    frame = pd.DataFrame({"id": one, "day": np.round(rng.gamma(4, gap / 4, len(one)))})
    frame["day"] = frame.groupby("id")["day"].cumsum()
    level = np.repeat(rng.normal(size=patients), visits) + 0.3 * rng.normal(size=len(one))
    slope = np.repeat(rng.normal(0.002, 0.002, patients), visits)
    frame["x"], frame["y"] = level + slope * frame["day"], np.round(level * 2)
    frame["sex"] = pd.Categorical(np.repeat(rng.choice(["f", "m"], patients), visits), categories=["f", "m"])
    frame.loc[rng.random(len(frame)) < 0.1, "y"] = np.nan
    frame.loc[rng.random(len(frame)) < 0.05, "day"] = np.nan
    return Cohort.real(frame.sample(frac=1, random_state=seed), Schema(variables=VARIABLES))


def irregulars(patients: int = 60, seed: int = 0, **of_made: float) -> Comparison:
    """Train, holdout and synthetic patients; ``of_made`` is how the synthetic ones differ."""
    real = irregular(2 * patients, seed)
    first = (real.table["id"] < patients).to_numpy()
    train, holdout = real.take(np.flatnonzero(first)), real.take(np.flatnonzero(~first))
    rows = made(irregular(patients, seed + 1000, **of_made))
    return Comparison(train.as_part("train"), holdout.as_part("holdout"), rows)


def known(cohort: Cohort) -> pd.DataFrame:
    """The visits at a known time, by patient and time."""
    return cohort.table.dropna(subset=["day"]).sort_values(["id", "day"])
