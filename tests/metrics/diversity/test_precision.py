"""Precision against the neighbours of scikit-learn, and what each of the two shares sees."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from comparisons import numbers
from fewfold.metrics import distances
from fewfold.metrics.base import metric
from fewfold.metrics.diversity.neighbourhoods import counted
from fewfold.metrics.points import Points


def within(points: np.ndarray, sample: np.ndarray) -> float:
    """The share of points within a sample, in plain loops over the third neighbours of scikit-learn."""
    radius = NearestNeighbors(n_neighbors=3).fit(sample).kneighbors(None)[0][:, 2]
    inside = [any(np.linalg.norm(x - s) <= r for s, r in zip(sample, radius, strict=True)) for x in points]
    return float(np.mean(inside))


def test_is_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(size=(30, 2)), rng.normal(size=(30, 2)), rng.normal(0.3, 1.5, size=(25, 2))
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (real, made)]
    comparison = numbers(train, real, made)
    expected = within(z[1], z[0]), within(z[0], z[1])
    assert expected[0] < 0.9
    assert (metric("precision").value(comparison, rng=0), metric("recall").value(comparison, rng=0)) == expected
    points = Points.of(comparison)
    at_once = counted(points)
    assert (at_once.precision, at_once.recall) == expected
    monkeypatch.setattr(distances, "BLOCK", 70)  # a few rows at a time
    assert counted(points) == at_once


def test_visits_of_one_patient_are_no_neighbours() -> None:
    """Ten patients on a line, 20 apart, each seen four times at its place."""
    line = np.repeat(np.arange(0.0, 200.0, 20.0), 4)[:, None]
    some = np.array([[50.0], [-15.0], [-21.0], [200.0]])
    for patients, share in ((np.repeat(np.arange(10), 4), 0.75), (np.arange(40), 0.0)):  # or each visit a patient
        assert counted(Points(line, some, line, np.arange(4), patients)).recall == share
        assert counted(Points(line, line, some, patients, np.arange(4))).precision == share


def test_rows_where_nobody_is_cost_precision_and_a_lost_cluster_costs_recall() -> None:
    rng = np.random.default_rng(2)
    clusters = [rng.normal(size=(120, 3)) + 8.0 * (np.arange(120) % 2)[:, None] for _ in range(3)]
    good = numbers(*clusters)
    scattered = numbers(clusters[0], clusters[1], np.where(np.arange(120)[:, None] % 4 == 1, -12.0, clusters[2]))
    lost = numbers(clusters[0], clusters[1], clusters[2][::2])
    for name, bad in (("precision", scattered), ("recall", lost)):
        null = metric(name).null_values(good, 40, rng=np.random.default_rng(0))
        assert null.min() <= metric(name).value(good, rng=0) <= null.max()
        found = metric(name).measure(bad, rng=0)
        assert found.null is not None and found.high < found.null.low
    assert metric("precision").value(lost, rng=0) > 0.8
