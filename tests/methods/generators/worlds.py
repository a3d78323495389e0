"""Cohorts whose truth is known, for all generators."""

import numpy as np
import pandas as pd

from fewfold.data.cohort import Cohort
from fewfold.data.schema import Rule, Schema, Variable

CORRELATION = np.array([[1, 0.7, -0.4], [0.7, 1, -0.2], [-0.4, -0.2, 1]])


def known_world(n: int, *, seed: int = 0, sick: float = 0.3) -> Cohort:
    """Two classes. Given the class, three normal latents (the second counts days, the third is cut into levels) shifted
    by 1 SD in the sick. ``copper`` is missing in 40 % of the well and 5 % of the sick, and ``iron`` with it."""
    rng = np.random.default_rng(seed)
    ill = rng.random(n) < sick
    z = rng.multivariate_normal(np.zeros(3), CORRELATION, n) + ill[:, None]
    missing = rng.random(n) < np.where(ill, 0.05, 0.4)
    frame = pd.DataFrame(
        {
            "albumin": z[:, 0],
            "days": np.round(np.exp(3 + z[:, 1])),
            "stage": pd.Categorical.from_codes(np.digitize(z[:, 2], [-0.5, 0.5, 1.5]), [1, 2, 3, 4], ordered=True),
            "copper": np.where(missing, np.nan, z[:, 0] + rng.normal(size=n)),
            "iron": np.where(missing, np.nan, rng.normal(size=n)),
            "polyps": np.where(rng.random(n) < 0.6, 0.0, np.round(rng.exponential(20, n)) + 1),
            "origin": pd.Categorical.from_codes(
                np.array([2, 0, 1])[np.digitize(z[:, 0] + rng.normal(0, 0.5, n), [-0.4, 0.8])], list("abc")
            ),
            "died": pd.Categorical(np.where(ill, "yes", "no"), ["yes", "no"]),
        }
    )
    variables = [
        Variable(name="albumin", kind="numeric"),
        Variable(name="days", kind="integer", low=0),
        Variable(name="stage", kind="ordinal", levels=(1, 2, 3, 4)),
        Variable(name="copper", kind="numeric"),
        Variable(name="iron", kind="numeric"),
        Variable(name="polyps", kind="integer", low=0),
        Variable(name="origin", kind="categorical", levels=("a", "b", "c")),
        Variable(name="died", kind="boolean", role="target", levels=("yes", "no"), positive="yes"),
    ]
    return Cohort.real(frame, Schema(variables=tuple(variables)))


def of_class(cohort, level):
    """The rows of one class of a ``known_world``."""
    return cohort.table[cohort.table["died"] == level]


def numbers(columns: dict[str, np.ndarray], *, target: str | None = None, rules: tuple[Rule, ...] = ()) -> Cohort:
    """A cohort of numeric columns; ``target`` has classes 0 and 1."""
    variables = []
    table = {}
    for name, values in columns.items():
        if name == target:
            table[name] = pd.Categorical(values.astype(int), [0, 1])
            variables.append(Variable(name=name, kind="categorical", role="target", levels=(0, 1), positive=1))
        else:
            table[name] = values.astype(float)
            variables.append(Variable(name=name, kind="numeric"))
    return Cohort.real(pd.DataFrame(table), Schema(variables=tuple(variables), rules=rules))
