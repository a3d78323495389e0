"""Small cohorts with everything that real ones have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fewfold.data.cohort import Cohort
from fewfold.data.schema import Rule, Schema, Variable


def make_cohort(n: int = 90, *, task: str = "binary", seed: int = 0, rows_per_subject: int = 1) -> Cohort:
    """Mixed kinds, missing values, an informative signal and, if asked, several rows a patient."""
    rng = np.random.default_rng(seed)
    latent = np.repeat(rng.normal(size=-(-n // rows_per_subject)), rows_per_subject)[:n]
    frame = pd.DataFrame(
        {
            "patient": np.repeat(np.arange(1, n + 1), rows_per_subject)[:n],
            "centre": pd.Categorical(rng.choice(["north", "south", "west"], n)),
            "age": np.round(rng.normal(50, 12, n) + 3 * latent),
            "bilirubin": np.exp(rng.normal(0.3, 0.8, n) + 0.7 * latent),
            "stage": pd.Categorical.from_codes(
                np.clip(np.round(2 + latent + rng.normal(0, 0.7, n)), 1, 4).astype(int) - 1,
                categories=[1, 2, 3, 4],
                ordered=True,
            ),
            "sex": pd.Categorical(rng.choice(["f", "m"], n, p=[0.8, 0.2]), categories=["f", "m"]),
            "origin": pd.Categorical(rng.choice(["a", "b", "c"], n), categories=["a", "b", "c"]),
            "diagnosed": pd.Timestamp("2001-01-01") + pd.to_timedelta(rng.integers(0, 2000, n), unit="D"),
        }
    )
    frame.loc[rng.random(n) < 0.15, "bilirubin"] = np.nan
    frame.loc[rng.random(n) < 0.1, "origin"] = np.nan
    variables = [
        Variable(name="patient", kind="integer", role="subject"),
        Variable(name="centre", kind="categorical", role="site"),
        Variable(name="age", kind="integer", low=0, high=120, unit="a"),
        Variable(name="bilirubin", kind="numeric", low=0, unit="mg/dL"),
        Variable(name="stage", kind="ordinal", levels=(1, 2, 3, 4)),
        Variable(name="sex", kind="boolean", levels=("f", "m"), role="sensitive"),
        Variable(name="origin", kind="categorical", levels=("a", "b", "c")),
        Variable(name="diagnosed", kind="datetime"),
    ]
    score = latent + rng.normal(0, 0.8, n)
    if task == "binary":
        frame["relapse"] = pd.Categorical(np.where(score > 0.5, "yes", "no"), categories=["yes", "no"])
        variables.append(Variable(name="relapse", kind="boolean", role="target", levels=("yes", "no"), positive="yes"))
    elif task == "multiclass":
        codes = np.digitize(score, [-0.7, 0.6])
        frame["type"] = pd.Categorical.from_codes(codes, categories=["x", "y", "z"])
        variables.append(Variable(name="type", kind="categorical", role="target", levels=("x", "y", "z")))
    elif task == "continuous":
        frame["fev"] = 60 + 10 * score
        variables.append(Variable(name="fev", kind="numeric", role="target", unit="%"))
    elif task == "survival":
        died, lost = rng.exponential(60 * np.exp(-latent)), rng.uniform(0, 120, n)
        frame["months"] = np.ceil(np.minimum(died, lost))
        frame["dead"] = pd.Categorical(np.where(died <= lost, "yes", "no"), categories=["no", "yes"])
        variables.append(Variable(name="months", kind="duration", role="event_time", unit="mo"))
        variables.append(Variable(name="dead", kind="boolean", role="event", levels=("no", "yes"), positive="yes"))
    unusual = Rule(name="under seventy", require="age < 70", severity="soft")
    return Cohort.real(frame, Schema(variables=tuple(variables), rules=(unusual,)))
