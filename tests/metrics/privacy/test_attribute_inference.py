"""The gain over non-members, against the same made with scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from sklearn.neighbors import KNeighborsRegressor

from comparisons import comparison_of, numbers
from fewfold.data.schema import Variable
from fewfold.metrics.base import metric


def test_is_the_gain_of_the_nearest_row_with_welchs_interval() -> None:
    rng = np.random.default_rng(0)
    train, other, made = rng.normal(size=(3, 40, 4))
    made[:15] = train[:15] + 0.1 * rng.normal(size=(15, 4))
    scale = made.std(axis=0)
    success = []
    for j in range(4):
        model = KNeighborsRegressor(1).fit(np.delete(made / scale, j, axis=1), made[:, j])
        real = np.vstack([train, other])
        error = np.abs(model.predict(np.delete(real / scale, j, axis=1)) - real[:, j]) / scale[j]
        success.append(1 - np.minimum(error, 1))
    mean = np.mean(success, axis=0)
    found = metric("attribute_inference").measure(numbers(train, other, made), rng=0)
    assert found.value == pytest.approx(mean[:40].mean() - mean[40:].mean())
    expected = ttest_ind(mean[:40], mean[40:], equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.details["a2"] == pytest.approx(success[2][:40].mean() - success[2][40:].mean())


def test_a_sensitive_level_that_is_copied_is_a_leak_and_one_that_all_can_guess_is_none() -> None:
    rng = np.random.default_rng(0)
    kinds = [Variable(name=f"a{j}", kind="numeric") for j in range(4)]
    kinds += [Variable(name="s", kind="boolean", levels=("n", "p"), role="sensitive")]

    def frame(told: bool) -> pd.DataFrame:
        x = rng.normal(size=(60, 4))
        s = x[:, 0] > 0 if told else rng.random(60) < 0.5
        return pd.DataFrame(
            {**{f"a{j}": x[:, j] for j in range(4)}, "s": pd.Categorical(np.where(s, "p", "n"), ["n", "p"])}
        )

    train, other = frame(told=False), frame(told=False)
    copied = metric("attribute_inference").measure(comparison_of(train, other, train, kinds), rng=0)
    assert list(copied.details) == ["s"]
    assert copied.value == pytest.approx(0.5, abs=0.2)
    assert copied.null is not None
    assert copied.value > copied.null.high
    told = metric("attribute_inference").measure(comparison_of(*(frame(told=True) for _ in range(3)), kinds), rng=0)
    assert told.null is not None
    assert told.null.low <= told.value <= told.null.high
