"""Values put back on the scale of their column."""

from __future__ import annotations

import numpy as np

from fewfold.data.schema import Variable
from fewfold.methods.rowwise import as_recorded, continuous

VARIABLES = [
    Variable(name="visits", kind="integer", low=0.5, high=9.5),
    Variable(name="dose", kind="numeric", low=0.0, high=1.0),
    Variable(name="arm", kind="categorical", levels=("a", "b")),
    Variable(name="born", kind="datetime"),
]
TRAINING = np.array([[2.0, 0.25, 0.0, 10_000.0], [7.0, 0.5, 1.0, 10_001.0], [np.nan, 0.75, np.nan, 10_002.0]])


def test_numbers_and_dates_are_continuous() -> None:
    assert continuous(VARIABLES).tolist() == [0, 1, 3]


def test_values_are_reflected_rounded_and_kept_within_limits() -> None:
    drawn = np.array(
        [
            [0.1, -0.1, 1.0, 9_999.4],  # reflected: 0.9, rounded to 1; 0.1; the day before
            [9.4, 1.2, 0.0, 10_000.6],  # 9: 10 would be out of limits; reflected to 0.8
            [30.0, 5.126, np.nan, np.nan],  # beyond reflection: at the limits that are on the grid
            [-30.0, 0.126, 1.0, 10_001.0],
            [np.nan, np.nan, 0.0, 0.0],
        ]
    )
    expected = [
        [1.0, 0.1, 1.0, 9_999.0],
        [9.0, 0.8, 0.0, 10_001.0],
        [1.0, 0.0, np.nan, np.nan],
        [1.0, 0.13, 1.0, 10_001.0],
        [np.nan, np.nan, 0.0, 0.0],
    ]
    before = drawn.copy()
    np.testing.assert_allclose(as_recorded(drawn, TRAINING, VARIABLES), expected, atol=1e-12)
    np.testing.assert_array_equal(drawn, before)
