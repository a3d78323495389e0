"""Patients who are followed to an event or to the end of a study, and comparisons of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from comparisons import as_synthetic
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Kind, Schema, Variable
from fewfold.metrics.base import Comparison


def patients(n: int, seed: int, *, followed: float = 8.0, kind: Kind = "boolean", effect: float = 0.0) -> Cohort:
    """Dead after 5 years on average, or alive at the end of up to 8, in quarters of a year. The hazard grows by
    exp(``effect``) for each SD of the age."""
    rng = np.random.default_rng(seed)
    died, left = rng.exponential(5, n), rng.uniform(0, followed, n)
    age = rng.normal(50, 10, n)
    died *= np.exp(-effect * (age - 50) / 10)
    table = pd.DataFrame({"years": np.ceil(np.minimum(died, left) * 4) / 4, "dead": (died <= left).astype(float)})
    table["age"] = age
    if kind == "boolean":
        table["dead"] = pd.Categorical(np.where(table["dead"] == 1, "yes", "no"), categories=["no", "yes"])
    dead = Variable(name="dead", kind=kind, role="event", levels=("no", "yes") if kind == "boolean" else None)
    variables = (
        Variable(name="years", kind="numeric", role="event_time"),
        dead,
        Variable(name="age", kind="numeric"),
    )
    return Cohort.real(table, Schema(variables=variables))


def compared(real: Cohort, made: Cohort) -> Comparison:
    half = len(real) // 2
    train, holdout = real.take(np.arange(half)), real.take(np.arange(half, len(real)))
    return Comparison(train.as_part("train"), holdout.as_part("holdout"), as_synthetic(made))
