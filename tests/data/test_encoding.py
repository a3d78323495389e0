"""The encoder against scikit-learn's imputer, scaler and one-hot encoder, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from conftest import make_cohort
from fewfold.data.encoding import Encoder
from fewfold.data.schema import Variable

AGE = Variable(name="age", kind="numeric")
SEX = Variable(name="sex", kind="boolean", levels=("f", "m"))
ORIGIN = Variable(name="origin", kind="categorical", levels=("a", "b", "c"))
NAN = np.nan


def test_agrees_with_scikit_learn_on_training_and_on_new_rows() -> None:
    train, new = make_cohort(120, seed=1), make_cohort(40, seed=2)
    encoder = Encoder.fit(train.matrix, train.schema.features)
    names = [v.name for v in train.schema.features]
    numbers = [names.index(n) for n in ("age", "bilirubin", "stage", "diagnosed")]
    imputer = SimpleImputer(strategy="median").fit(train.matrix[:, numbers])
    scaler = StandardScaler().fit(imputer.transform(train.matrix[:, numbers]))
    onehot = OneHotEncoder(sparse_output=False, categories=[[0.0, 1.0, 2.0]], handle_unknown="ignore")
    origin = [names.index("origin")]
    onehot.fit(np.nan_to_num(train.matrix[:, origin]))
    for cohort in (train, new):
        x = cohort.matrix
        expected = np.column_stack(
            [
                scaler.transform(imputer.transform(x[:, numbers])),
                x[:, names.index("sex")],
                onehot.transform(x[:, origin]),
                np.isnan(x[:, names.index("bilirubin")]),
                np.isnan(x[:, names.index("origin")]),
            ]
        )
        np.testing.assert_allclose(encoder.transform(x), expected, atol=1e-12)
    assert encoder.names == (
        *("age", "bilirubin", "stage", "diagnosed", "sex=m", "origin=a", "origin=b", "origin=c"),
        *("bilirubin missing", "origin missing"),
    )


def test_nothing_is_learned_from_the_rows_that_are_transformed() -> None:
    encoder = Encoder.fit(np.array([[1.0], [2.0], [3.0]]), [AGE])
    moved = encoder.transform(np.array([[1000.0], [NAN]]))
    np.testing.assert_allclose(moved[:, 0], [(1000 - 2) / np.sqrt(2 / 3), 0.0])


def test_without_scale_numbers_keep_their_unit() -> None:
    values = np.array([[1.0], [NAN], [4.0], [9.0]])
    encoder = Encoder.fit(values, [AGE], scale=False)
    np.testing.assert_array_equal(encoder.transform(values), [[1, 0], [4, 1], [4, 0], [9, 0]])


@pytest.mark.parametrize(
    ("variable", "column"),
    [
        (AGE, [NAN, NAN, NAN]),
        (AGE, [5.0, 5.0, 5.0]),
        (SEX, [1.0, 1.0, 1.0]),
        (SEX, [NAN, NAN, NAN]),
        (ORIGIN, [2.0, 2.0, 2.0]),
        (ORIGIN, [NAN, NAN, NAN]),
    ],
)
def test_a_column_that_says_nothing_in_training_adds_nothing(variable: Variable, column: list[float]) -> None:
    encoder = Encoder.fit(np.array(column)[:, None], [variable])
    assert encoder.names == ()
    assert encoder.transform(np.array([[0.0], [NAN], [7.0]])).shape == (3, 0)


def test_a_constant_column_with_gaps_keeps_the_gaps() -> None:
    values = np.array([[5.0], [NAN], [5.0]])
    encoder = Encoder.fit(values, [AGE])
    assert encoder.names == ("age missing",)
    np.testing.assert_array_equal(encoder.transform(values), [[0], [1], [0]])


def test_a_level_unseen_in_training_is_all_zeros() -> None:
    encoder = Encoder.fit(np.array([[0.0], [1.0]]), [ORIGIN])
    assert encoder.names == ("origin=a", "origin=b")
    np.testing.assert_array_equal(encoder.transform(np.array([[2.0], [NAN]])), np.zeros((2, 2)))


def test_no_variables() -> None:
    assert Encoder.fit(np.empty((4, 0)), []).transform(np.empty((2, 0))).shape == (2, 0)
