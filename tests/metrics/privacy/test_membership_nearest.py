"""The attack by distance, against the same made with scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from comparisons import comparison_of, numbers
from fewfold.data.schema import Variable
from fewfold.metrics.base import metric


def test_is_the_auroc_of_minus_the_distance_on_the_scale_of_the_synthetic_rows() -> None:
    rng = np.random.default_rng(0)
    train, other, made = rng.normal(size=(3, 40, 3)) * np.array([1.0, 10.0, 100.0])
    made[:20] = train[:20] + 0.05
    made[:, 2] *= 3  # a scale of its own
    scaler = StandardScaler().fit(made)
    real = scaler.transform(np.vstack([train, other]))
    distance = NearestNeighbors(n_neighbors=1).fit(scaler.transform(made)).kneighbors(real)[0][:, 0]
    expected = roc_auc_score(np.arange(80) < 40, -distance)
    assert metric("membership_nearest").value(numbers(train, other, made), rng=0) == pytest.approx(expected)


def test_a_patient_is_as_exposed_as_the_nearest_of_the_visits() -> None:
    rng = np.random.default_rng(0)
    variables = [Variable(name="patient", kind="integer", role="subject"), Variable(name="a", kind="numeric")]
    values = [rng.normal(100 * k, 1, 60) for k in range(2)]
    frames = [pd.DataFrame({"patient": np.repeat(np.arange(20), 3) + 50 * k, "a": values[k]}) for k in range(2)]
    made = pd.DataFrame({"patient": np.arange(20), "a": values[0][::3]})  # one visit of each training patient
    assert metric("membership_nearest").value(comparison_of(*frames, made, variables), rng=0) == 1


@pytest.mark.parametrize("n", [30, 60])
def test_copies_of_levels_and_gaps_are_found(n: int) -> None:
    rng = np.random.default_rng(1)
    frames = []
    for _ in range(2):
        x = rng.normal(size=n)
        x[rng.random(n) < 0.3] = np.nan
        frames.append(
            pd.DataFrame({"x": x, **{k: pd.Categorical(rng.choice(list("abc"), n), list("abc")) for k in "uvwyz"}})
        )
    variables = [Variable(name="x", kind="numeric")]
    variables += [Variable(name=k, kind="categorical", levels=("a", "b", "c")) for k in "uvwyz"]
    found = metric("membership_nearest").measure(comparison_of(*frames, frames[0], variables), rng=0)
    assert found.null is not None
    assert found.value > max(0.9, found.null.high)
