"""Methods as samplers of imbalanced-learn."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.base import is_sampler
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

import fewfold as ff
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.methods.base import METHODS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
Y = np.repeat([0, 1], [55, 25])
FRAME = pd.DataFrame(
    {
        "age": RNG.integers(18, 90, 80),
        "score": np.where(RNG.random(80) < 0.2, np.nan, X[:, 0]),
        "site": RNG.choice(["north", "south"], 80),
        "treated": RNG.random(80) < 0.5,
        "grade": pd.Categorical(RNG.choice(["low", "mid", "high"], 80), ["low", "mid", "high"], ordered=True),
        "seen": pd.Timestamp("2020-02-01") + pd.to_timedelta(RNG.integers(0, 900, 80), unit="D"),
    }
)
FRAME.loc[3:6, "site"] = None


CARDS = [kind.card for kind in METHODS]
UNLIMITED = ("dp_copula", "dp_network")  # need limits of each number, and neither an array nor a DataFrame declares any
TABULAR = [c.name for c in CARDS if c.adds_rows and "table" in c.modalities and c.name not in UNLIMITED]


@pytest.mark.parametrize("name", UNLIMITED)
def test_a_method_that_needs_limits_is_no_sampler_of_arrays(name: str) -> None:
    with pytest.raises(BadInput, match="public limits"):
        ff.Sampler(name).fit_resample(X, Y)


@pytest.mark.parametrize("name", TABULAR)
def test_every_method_that_adds_rows_is_a_sampler(name: str) -> None:
    made, classes = ff.Sampler(name).fit_resample(X, Y)
    assert np.bincount(classes).tolist() == [55, 55]
    assert (made.shape, made.dtype, classes.dtype) == ((110, 4), X.dtype, Y.dtype)
    np.testing.assert_array_equal(made[:80], X)
    np.testing.assert_array_equal(classes[:80], Y)


@pytest.mark.parametrize(
    "classes",
    [
        Y,
        Y == 1,
        Y.tolist(),
        np.where(Y == 1, "case", "control"),
        pd.Series(np.where(Y == 1, "case", "control"), name="status", index=range(80, 0, -1)),
        pd.Series(pd.Categorical(np.where(Y == 1, "case", "control")), name="status"),
    ],
    ids=lambda y: f"{type(y).__name__}-{getattr(y, 'dtype', '')}",
)
@pytest.mark.parametrize("name", ["smotenc", "sequential_trees", "smoothed_bootstrap"])
def test_frames_come_back_as_they_were(name: str, classes: Any) -> None:
    made, out = ff.Sampler(name, random_state=1).fit_resample(FRAME, classes)
    assert (made.dtypes == FRAME.dtypes).all()
    pd.testing.assert_frame_equal(made.iloc[:80], FRAME)
    assert pd.Series(np.asarray(out)).value_counts().tolist() == [55, 55]
    assert list(out[:80]) == list(classes)
    new = made.iloc[80:]
    assert new["score"].isna().any()
    assert set(new["site"].dropna()) <= {"north", "south"}
    assert new["seen"].between(FRAME["seen"].min(), FRAME["seen"].max()).mean() > 0.9
    if isinstance(classes, pd.Series):
        assert (out.dtype, out.name) == (classes.dtype, "status")


def test_strategies() -> None:
    def counts(strategy: Any) -> list[int]:
        return np.bincount(ff.Sampler("duplication", sampling_strategy=strategy).fit_resample(X, Y)[1]).tolist()

    assert counts("auto") == counts("minority") == [55, 55]
    assert counts("proportional") == [110, 50]
    assert counts({1: 40}) == [55, 40]
    assert counts({0: 56, 1: 200}) == [56, 200]
    with pytest.raises(ValueError, match="greater"):
        counts({1: 3})


def test_same_seed_same_rows() -> None:
    one, other = (ff.Sampler("smote", random_state=7).fit_resample(X, Y)[0] for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, ff.Sampler("smote", random_state=8).fit_resample(X, Y)[0])


def test_it_is_an_estimator() -> None:
    sampler = ff.Sampler("smote", sampling_strategy="proportional", k_neighbors=3)
    assert is_sampler(sampler)
    expected = {"method": "smote", "sampling_strategy": "proportional", "random_state": 0, "k_neighbors": 3}
    assert sampler.get_params() == clone(sampler).get_params() == expected
    assert sampler.set_params(method="adasyn", k_neighbors=2, random_state=5) is sampler
    assert sampler.fit(X, Y).fitted_.params == {"k_neighbors": 2}
    again = pickle.loads(pickle.dumps(sampler))
    np.testing.assert_array_equal(again.fit_resample(X, Y)[0], sampler.fit_resample(X, Y)[0])
    assert "k_neighbors=2" in repr(sampler)


def test_it_works_in_a_pipeline_and_a_grid() -> None:
    model = make_pipeline(ff.Sampler(), LogisticRegression())
    assert cross_val_score(model, X, Y, cv=3).shape == (3,)
    grid = {"sampler__method": ["smote", "noise_jitter"], "sampler__random_state": [1, 2]}
    assert GridSearchCV(model, grid, cv=3).fit(X, Y).best_params_.keys() == grid.keys()
    ours = make_pipeline(ff.Sampler("duplication"), LogisticRegression()).fit(X, Y)
    assert ours.predict_proba(X).shape == (80, 2)


def test_rows_lie_where_imbalanced_learns_lie() -> None:
    """The same algorithm, not the same draws: means of many rows agree."""
    many = {1: 5000}
    ours = ff.Sampler("smote", sampling_strategy=many).fit_resample(X / X.std(axis=0), Y)[0][80:]
    theirs = SMOTE(sampling_strategy=many, random_state=0).fit_resample(X / X.std(axis=0), Y)[0][80:]
    np.testing.assert_allclose(ours.mean(axis=0), theirs.mean(axis=0), atol=0.05)
    np.testing.assert_allclose(ours.std(axis=0), theirs.std(axis=0), atol=0.05)


@pytest.mark.parametrize(
    ("sampler", "data", "classes", "error"),
    [
        (ff.Sampler("smoke"), X, Y, BadInput),
        (ff.Sampler("smote", neighbours=3), X, Y, BadInput),
        (ff.Sampler("none"), X, Y, NotApplicable),
        (ff.Sampler("smote"), X[:56], Y[:56], NotApplicable),
        (ff.Sampler("smote"), X, X[:, 0], ValueError),
        (ff.Sampler("smote"), FRAME.assign(seen=FRAME["seen"].dt.tz_localize("UTC")), Y, BadInput),
        (ff.Sampler("smote"), FRAME.assign(seen=FRAME["seen"] - FRAME["seen"].min()), Y, BadInput),
    ],
)
def test_what_cannot_be_sampled_is_refused(sampler: Any, data: Any, classes: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        sampler.fit_resample(data, classes)
