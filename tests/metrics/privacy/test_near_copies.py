"""Near copies are seen where they are planted, with their lineage, and not among fresh patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from comparisons import as_synthetic, comparison_of, numbers, real_thirds
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, metric


def test_is_the_definition() -> None:
    rng = np.random.default_rng(1)
    train, real, made = rng.normal(size=(3, 30, 2))
    z = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (train, made)]
    near = []
    for x in z[1]:
        at = min(range(30), key=lambda i: float(np.linalg.norm(x - z[0][i])))
        usual = min(np.linalg.norm(z[0][at] - o) for j, o in enumerate(z[0]) if j != at)
        near.append(np.linalg.norm(x - z[0][at]) <= usual / 3)
    assert metric("near_copies").value(numbers(train, real, made), rng=0) == pytest.approx(np.mean(near))


@pytest.mark.parametrize(("p", "share"), [(1, 1 / 3), (2, 1 / 9), (3, 1 / 27)])
def test_fresh_patients_give_one_over_three_to_the_number_of_columns(p: int, share: float) -> None:
    values = [
        metric("near_copies").value(numbers(*np.random.default_rng(seed).normal(size=(3, 200, p))), rng=0)
        for seed in range(20)
    ]
    assert np.mean(values) == pytest.approx(share, abs=0.3 * share + 0.005)


def test_a_patient_unlike_all_others_is_near_from_afar() -> None:
    rng = np.random.default_rng(0)
    train, real = rng.normal(size=(2, 40, 3))
    train[0] = 30.0
    beside = np.tile(train[0] + 3.0, (20, 1))  # the crowd is closer to each other than this
    assert metric("near_copies").value(numbers(train, real, beside), rng=0) == 1


@pytest.mark.parametrize("p", [3, 10, 30])
def test_a_fifth_of_copies_moved_by_a_hundredth_of_an_sd_is_seen(p: int) -> None:
    caught = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(2, 60, p))
        moved = x[0][rng.integers(0, 60, 60)] + 0.01 * rng.normal(size=(60, p))
        comparison = numbers(x[0], x[1], np.vstack([moved, rng.normal(size=(240, p))]))
        null = np.quantile(metric("near_copies").null_values(comparison, 20, rng=rng), 0.975)
        caught += metric("near_copies").value(comparison, rng=0) > null
    assert caught == 10


def test_lineage_is_followed() -> None:
    comparison = real_thirds(60)
    train = comparison.train
    rows = np.arange(60)
    labels = train.table.index.to_numpy()
    right = as_synthetic(train, sources=np.column_stack([np.full(60, -1), labels]))
    wrong = as_synthetic(train, sources=np.roll(labels, 1)[:, None])
    half = as_synthetic(train, sources=np.where(rows < 30, labels, np.roll(labels, 1))[:, None])
    unknown = as_synthetic(train)
    shares = [
        metric("near_copies").measure(Comparison(train, comparison.holdout, s), rng=0).details
        for s in (right, wrong, half, unknown)
    ]
    assert shares == [{"nearest_is_source": 1}, {"nearest_is_source": 0}, {"nearest_is_source": 0.5}, {}]


def test_the_usual_distance_is_between_patients_not_between_visits() -> None:
    rng = np.random.default_rng(0)
    variables = [Variable(name="patient", kind="integer", role="subject"), Variable(name="a", kind="numeric")]
    frames = []
    for k in range(3):
        level = np.repeat(10.0 * np.arange(20) + 3 * k, 3) + rng.uniform(0, 0.001, 60)
        frames.append(pd.DataFrame({"patient": np.repeat(np.arange(20) + 100 * k, 3), "a": level}))
    beside = frames[0].assign(a=frames[0]["a"] + 1)  # further than any visit of the patient, nearer than any patient
    assert metric("near_copies").value(comparison_of(*frames[:2], beside, variables), rng=0) == 1
