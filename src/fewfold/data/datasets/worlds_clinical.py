"""Simulated cohorts that look like those of a clinic: dependent features, a rule, visits, follow-up."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from fewfold.core.seeds import Rng, as_rng
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.variables import aside, days, flag
from fewfold.data.datasets.worlds import World, binary_cohort, exact_labels, numeric_columns, world_card
from fewfold.data.schema import Rule, Schema, Variable

CLINIC = world_card(
    "clinic", "Dependent features, a subgroup and a rule between two columns", "as frequent and as predictable as asked"
)
VISITS = world_card("visits", "Visits with a course in time", "tells the slope of every feature", "patient")
FOLLOW_UP = world_card(
    "follow_up", "Time to an event with censoring", "the event by a horizon that all are followed to"
)
CLASSES = world_card("classes", "Three classes at equal distances", "three classes of equal size", task="multiclass")
SCORE = world_card("score", "A number that features tell in part", "as predictable as asked for", task="continuous")


def make_clinic(
    n: int,
    *,
    correlation: float = 0.6,
    prevalence: float = 0.3,
    auroc: float = 0.85,
    subgroup: float = 0.25,
    missing: float = 0.05,
    rng: int | Rng,
) -> World:
    """``n`` patients with eight numbers in two blocks of four, correlated by ``correlation`` within a block and a
    class; a ``subgroup`` of about that share, in which the first number of each block lies 1 SD higher; the age at
    onset and at diagnosis, with the rule that onset comes first; and ``missing`` values in two of the numbers.

    The classes differ in the mean of all eight numbers. In truth no score does better than ``auroc`` on complete rows.

    ``truth``: ``auroc``, ``direction`` (8,), the score being ``values @ direction`` after the subgroup's shift is taken
    away, and ``shift`` (8,).
    """
    generator = as_rng(rng)
    y = exact_labels(n, prevalence, generator)
    block = np.full((4, 4), correlation) + (1 - correlation) * np.eye(4)
    covariance = np.kron(np.eye(2), block)
    direction = np.linalg.solve(covariance, np.ones(8))
    step = np.sqrt(2.0) * float(ndtri(auroc)) / np.sqrt(direction.sum())  # Mahalanobis distance of the two means
    shift = np.array([1.0, 0, 0, 0] * 2)
    member = generator.random(n) < subgroup
    values = generator.normal(size=(n, 8)) @ np.linalg.cholesky(covariance).T
    values += step * y[:, None] + shift * member[:, None]
    seen = values.copy()
    seen[:, [3, 7]] = np.where(generator.random((n, 2)) < missing, np.nan, seen[:, [3, 7]])
    columns, variables = numeric_columns(seen)
    onset = generator.normal(40, 10, n)
    columns |= {"subgroup": pd.Categorical(member.astype(int), categories=[0, 1])}
    columns |= {"onset": onset, "diagnosis": onset + generator.exponential(2, n)}
    variables += [flag("subgroup", "member of the subgroup", role="sensitive")]
    variables += [Variable(name=name, kind="numeric", unit="a") for name in ("onset", "diagnosis")]
    cohort = binary_cohort(columns, variables, y, rules=(Rule(name="onset first", require="onset <= diagnosis"),))
    return World(cohort, {"auroc": auroc, "direction": direction, "shift": shift})


def make_visits(
    n_subjects: int,
    *,
    visits: int = 5,
    n_features: int = 3,
    correlation: float = 0.7,
    prevalence: float = 0.3,
    rng: int | Rng,
) -> World:
    """``n_subjects`` patients seen at months 0, 6, 12 and so on. Each feature starts at a level of the patient's own,
    falls by 0.3 SD a visit (0.6 SD in patients with the outcome), and scatters around that line with a correlation
    of ``correlation`` from one visit to the next.

    ``truth``: ``correlation``, ``slope`` (2,) by outcome, per visit.
    """
    generator = as_rng(rng)
    label = exact_labels(n_subjects, prevalence, generator)
    slope = np.array([-0.3, -0.6])
    noise = generator.normal(size=(n_subjects, visits, n_features))
    for k in range(1, visits):
        noise[:, k] = correlation * noise[:, k - 1] + np.sqrt(1 - correlation**2) * noise[:, k]
    course = slope[label][:, None] * np.arange(visits)
    values = generator.normal(size=(n_subjects, 1, n_features)) + course[:, :, None] + 0.7 * noise
    columns, variables = numeric_columns(values.reshape(-1, n_features))
    columns = {
        "patient": np.repeat(np.arange(n_subjects) + 1, visits),
        "month": np.tile(6.0 * np.arange(visits), n_subjects),
        **columns,
    }
    variables = [
        aside("patient", "patient", role="subject"),
        days("month", "months since the first visit", unit="mo", role="visit_time"),
        *variables,
    ]
    cohort = binary_cohort(columns, variables, np.repeat(label, visits))
    return World(cohort, {"correlation": correlation, "slope": slope})


def make_follow_up(
    n: int, *, n_features: int = 4, effect: float = 0.5, shape: float = 1.5, horizon: float = 2.0, rng: int | Rng
) -> World:
    """``n`` patients with a Weibull time to an event, whose hazard grows by exp(``effect``) for each SD of the first
    two features. Everybody is followed to ``horizon`` (in years), and then for up to as long again: about half of the
    patients are censored. The target is the event by the horizon.

    ``truth``: ``coefficients`` (n_features,) of the log hazard, ``shape``, ``scale``, ``horizon``.
    """
    generator = as_rng(rng)
    coefficients = np.where(np.arange(n_features) < 2, effect, 0.0)
    values = generator.normal(size=(n, n_features))
    scale = 2 * horizon
    time = scale * (generator.exponential(size=n) * np.exp(-values @ coefficients)) ** (1 / shape)
    end = horizon * (1 + generator.random(n))
    columns, variables = numeric_columns(values)
    columns |= {
        "years": np.minimum(time, end),
        "event": pd.Categorical((time <= end).astype(int), categories=[0, 1]),
    }
    variables += [
        days("years", "years of follow-up", unit="a"),
        flag("event", "0 censored, 1 event", role="event"),
    ]
    cohort = binary_cohort(columns, variables, (time <= horizon).astype(np.int64))
    return World(cohort, {"coefficients": coefficients, "shape": shape, "scale": scale, "horizon": horizon})


def make_classes(n: int, *, n_features: int = 6, distance: float = 2.0, rng: int | Rng) -> World:
    """``n`` patients in three classes of equal size, standard normal around means that are ``distance`` SD apart. In
    truth any two classes can be told with an AUROC of Phi(distance / sqrt 2).

    ``truth``: ``means`` (3, n_features).
    """
    generator = as_rng(rng)
    means = np.eye(3, n_features) * distance / np.sqrt(2.0)
    y = generator.permutation(np.arange(n) % 3)
    columns, variables = numeric_columns(means[y] + generator.normal(size=(n, n_features)))
    levels = ("a", "b", "c")
    columns["class"] = pd.Categorical.from_codes(y, categories=levels)
    variables.append(Variable(name="class", kind="categorical", role="target", levels=levels))
    return World(Cohort.real(pd.DataFrame(columns), Schema(variables=tuple(variables))), {"means": means})


def make_score(n: int, *, n_features: int = 6, r2: float = 0.5, rng: int | Rng) -> World:
    """``n`` patients with a standard normal target, of whose variance the first three features explain ``r2``.

    ``truth``: ``r2``, ``direction`` (n_features,).
    """
    generator = as_rng(rng)
    direction: Floats = np.where(np.arange(n_features) < 3, 1 / np.sqrt(3), 0.0)
    values = generator.normal(size=(n, n_features))
    target = np.sqrt(r2) * values @ direction + np.sqrt(1 - r2) * generator.normal(size=n)
    columns, variables = numeric_columns(values)
    columns["score"] = target
    variables.append(Variable(name="score", kind="numeric", role="target"))
    cohort = Cohort.real(pd.DataFrame(columns), Schema(variables=tuple(variables)))
    return World(cohort, {"r2": r2, "direction": direction})
