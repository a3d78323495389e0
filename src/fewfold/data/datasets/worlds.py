"""Simulated cohorts whose truth is known, to see whether a verdict is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from fewfold.core.cards import Target
from fewfold.core.errors import BadInput
from fewfold.core.seeds import Rng, as_rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.variables import aside, outcome
from fewfold.data.schema import Rule, Schema, Variable


@dataclass(frozen=True, eq=False)
class World:
    """A simulated cohort and what is true of it."""

    cohort: Cohort
    truth: Mapping[str, Any]


def world_card(
    name: str, title: str, task_outcome: str, split_on: str = "row (one a patient)", task: Target = "binary"
) -> DataCard:
    """The card of a simulated cohort."""
    return DataCard(
        name=name,
        title=title,
        kind="make",
        disease="none (simulated)",
        n=None,
        task=task,
        outcome=task_outcome,
        split_on=split_on,
        licence="CC0-1.0",
        citation="none",
        source=f"fewfold.datasets.make_{name}",
    )


LINEAR = world_card(
    "linear", "Normal features, linear signal of known AUROC", "as frequent and as predictable as asked for"
)
NO_BENEFIT = world_card(
    "no_benefit", "One feature: no synthetic row can improve the ranking", "as predictable as asked for"
)
NOISE_LABELS = world_card("noise_labels", "Labels that no feature tells", "independent of all features; true AUROC 0.5")
INTERACTION = world_card(
    "interaction", "A label that two features tell together and neither alone", "as predictable as asked"
)
CLUSTERS = world_card("clusters", "Well separated groups of patients", "its frequency depends on the cluster alone")
REPEATED = world_card(
    "repeated", "Several visits a patient, labels that no feature tells", "true AUROC 0.5 in new patients", "patient"
)


def make_linear(
    n: int,
    *,
    n_features: int = 8,
    n_informative: int = 4,
    prevalence: float = 0.3,
    auroc: float = 0.8,
    missing: float = 0.0,
    levels: int = 0,
    rng: int | Rng,
) -> World:
    """``n`` patients; standard normal features whose means differ between the classes on the first ``n_informative``.

    In truth no score does better than ``auroc`` on complete rows: two normal distributions d apart along the line
    between their means have the AUROC Phi(d / sqrt 2). Values go ``missing`` completely at random. ``levels``: above 1
    a categorical feature of so many levels joins, which says nothing.

    ``truth``: ``auroc``, ``prevalence`` and ``direction`` (n_features,).
    """
    generator = as_rng(rng)
    y = exact_labels(n, prevalence, generator)
    direction = np.zeros(n_features)
    direction[:n_informative] = 1 / np.sqrt(n_informative)
    distance = np.sqrt(2.0) * float(ndtri(auroc))
    values = generator.normal(size=(n, n_features)) + np.outer(y, distance * direction)
    values[generator.random(values.shape) < missing] = np.nan
    columns, variables = numeric_columns(values)
    if levels > 1:
        names = tuple(f"level{i + 1}" for i in range(levels))
        columns["group"] = pd.Categorical(generator.choice(names, n), categories=names)
        variables.append(Variable(name="group", kind="categorical", levels=names))
    return World(
        binary_cohort(columns, variables, y), {"auroc": auroc, "prevalence": float(y.mean()), "direction": direction}
    )


def make_no_benefit(n: int, *, prevalence: float = 0.3, auroc: float = 0.75, rng: int | Rng) -> World:
    """``n`` patients with a single feature. Any rising score, so any logistic model that has the sign right, already
    ranks patients as the truth does: no rows added to its training can raise its AUROC above ``auroc``."""
    return make_linear(n, n_features=1, n_informative=1, prevalence=prevalence, auroc=auroc, rng=rng)


def make_noise_labels(n: int, *, prevalence: float = 0.2, n_features: int = 8, rng: int | Rng) -> World:
    """``n`` patients whose label is independent of all features: the true AUROC of every model is 0.5."""
    return make_linear(n, n_features=n_features, prevalence=prevalence, auroc=0.5, rng=rng)


def make_interaction(n: int, *, n_features: int = 4, auroc: float = 0.9, rng: int | Rng) -> World:
    """``n`` patients, half of them positive, with standard normal features. The first two have the same sign in a
    share ``auroc`` of the positive patients, and in 1 - ``auroc`` of the others; no feature alone tells anything.
    Trees learn it from many patients and not from few: rows drawn from the truth are a true benefit.

    In truth no score does better than ``auroc``: the best one is the sign of the product, a test with sensitivity and
    specificity ``auroc``. ``truth``: ``auroc``.
    """
    generator = as_rng(rng)
    y = exact_labels(n, 0.5, generator)
    values = generator.normal(size=(n, n_features))
    same = generator.random(n) < np.where(y == 1, auroc, 1 - auroc)
    values[:, 1] = np.abs(values[:, 1]) * np.sign(values[:, 0]) * np.where(same, 1, -1)
    columns, variables = numeric_columns(values)
    return World(binary_cohort(columns, variables, y), {"auroc": auroc})


def make_clusters(
    n: int, *, n_clusters: int = 3, n_features: int = 4, separation: float = 6.0, rng: int | Rng
) -> World:
    """``n`` patients in clusters of equal size, standard normal around centres that are ``separation`` SD apart, each
    on its own axis. The label is positive with a probability that depends on the cluster alone, from 0.1 to 0.9.

    ``truth``: ``cluster`` (n,), ``centres`` (n_clusters, n_features), ``probability`` (n_clusters,).
    """
    if n_clusters > n_features:
        raise BadInput(
            expected=f"at most {n_features} clusters for {n_features} features",
            found=str(n_clusters),
            fix="Ask for more features.",
        )
    generator = as_rng(rng)
    centres = np.eye(n_clusters, n_features) * separation / np.sqrt(2.0)
    cluster = generator.permutation(np.arange(n) % n_clusters)
    probability = np.linspace(0.1, 0.9, n_clusters)
    y = (generator.random(n) < probability[cluster]).astype(np.int64)
    columns, variables = numeric_columns(centres[cluster] + generator.normal(size=(n, n_features)))
    truth = {"cluster": cluster, "centres": centres, "probability": probability}
    return World(binary_cohort(columns, variables, y), truth)


def make_repeated(
    n_subjects: int,
    *,
    rows_each: int = 4,
    n_features: int = 8,
    correlation: float = 0.8,
    prevalence: float = 0.3,
    rng: int | Rng,
) -> World:
    """``n_subjects`` patients with ``rows_each`` visits. Features of one patient correlate by ``correlation`` between
    visits; the label belongs to the patient and no feature tells it. The true AUROC in new patients is 0.5; a model
    that has seen other visits of the same patients scores far higher.

    ``truth``: ``auroc``, ``correlation``.
    """
    generator = as_rng(rng)
    subject = np.repeat(np.arange(n_subjects), rows_each)
    own = generator.normal(size=(n_subjects, n_features))
    visits = generator.normal(size=(len(subject), n_features))
    columns, variables = numeric_columns(np.sqrt(correlation) * own[subject] + np.sqrt(1 - correlation) * visits)
    y = exact_labels(n_subjects, prevalence, generator)[subject]
    columns = {"patient": subject + 1, **columns}
    variables = [aside("patient", "patient", role="subject"), *variables]
    return World(binary_cohort(columns, variables, y), {"auroc": 0.5, "correlation": correlation})


def exact_labels(n: int, prevalence: float, generator: Rng) -> Ints:
    """(n,) labels, exactly the share asked for, in random order."""
    positives = round(n * prevalence)
    if not 2 <= positives <= n - 2:
        raise BadInput(
            expected="at least two patients of each class",
            found=f"{positives} positive of {n}",
            fix="Ask for more patients or another prevalence.",
        )
    return generator.permutation((np.arange(n) < positives).astype(np.int64))


def numeric_columns(values: Floats) -> tuple[dict[str, Any], list[Variable]]:
    """The columns of (n, features) values as x1, x2 and so on, and what they are."""
    names = [f"x{j + 1}" for j in range(values.shape[1])]
    return dict(zip(names, values.T, strict=True)), [Variable(name=name, kind="numeric") for name in names]


def binary_cohort(columns: dict[str, Any], variables: list[Variable], y: Ints, rules: tuple[Rule, ...] = ()) -> Cohort:
    """A cohort with the target ``outcome``."""
    label = pd.Categorical(y, categories=[0, 1])
    schema = Schema(variables=(*variables, outcome("outcome", "outcome")), rules=rules)
    return Cohort.real(pd.DataFrame({**columns, "outcome": label}), schema)
