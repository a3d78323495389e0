"""Encoded rows come back, whatever their kinds and gaps."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from fewfold.data.schema import Variable
from fewfold.methods.generators.neural.code import Code

VARIABLES = (
    Variable(name="age", kind="integer"),
    Variable(name="sex", kind="boolean", levels=("f", "m")),
    Variable(name="lab", kind="numeric"),
    Variable(name="other lab", kind="numeric"),
    Variable(name="origin", kind="categorical", levels=("a", "b", "c", "never")),
    Variable(name="never known", kind="numeric"),
    Variable(name="date", kind="datetime"),
)
N = 60


def rows() -> np.ndarray:
    rng = np.random.default_rng(0)
    values = np.column_stack(
        [
            np.round(50 + 10 * rng.normal(size=N)),
            rng.integers(0, 2, N),
            rng.normal(size=N),
            np.exp(rng.normal(size=N)),
            rng.integers(0, 3, N),
            np.full(N, np.nan),
            np.round(18_000 + 100 * rng.random(N)),
        ]
    )
    values[:7, 2:4] = np.nan  # two numbers with one pattern of gaps
    values[3:9, 4] = np.nan
    values[50:53, 0] = np.nan
    return values


def code() -> Code:
    return Code.fit(rows(), VARIABLES, np.arange(N))


def test_what_is_encoded_comes_back() -> None:
    """Numbers but for the tails, where the least and the largest value stand for all beyond."""
    values, learned = rows(), code()
    back = learned.decode(learned.encode(values), len(VARIABLES))
    np.testing.assert_array_equal(np.isnan(back), np.isnan(values))
    np.testing.assert_array_equal(back[:, [1, 4]], values[:, [1, 4]])
    for j in (0, 2, 3, 6):
        known = ~np.isnan(values[:, j])
        inner = known & (values[:, j] > np.nanmin(values[:, j])) & (values[:, j] < np.nanmax(values[:, j]))
        np.testing.assert_allclose(back[inner, j], values[inner, j], rtol=1e-6)


def test_numbers_become_normal_scores_and_choices_have_one_column_of_one() -> None:
    values, learned = rows(), code()
    encoded = learned.encode(values)
    ranks = values[7:, 2].argsort().argsort()
    np.testing.assert_allclose(encoded[7:, 1], ndtri(np.clip((ranks + 0.5) / 53, 1 / 106, 1 - 1 / 106)), atol=1e-9)
    assert (encoded[:7, 1] == 0).all()
    for start, width in learned.choices:
        np.testing.assert_array_equal(encoded[:, start : start + width].sum(axis=1), 1)
    assert learned.width == encoded.shape[1] == 4 + 2 + 4 + 2 + 2  # numbers; sex; origin and its gap; two patterns


def test_a_level_that_training_rows_do_not_have_has_no_column() -> None:
    encoded = np.random.default_rng(0).normal(size=(500, code().width))
    back = code().decode(encoded, len(VARIABLES))[:, 4]
    assert set(np.unique(back[~np.isnan(back)])) == {0.0, 1.0, 2.0}


def test_arrays_hold_all_of_it() -> None:
    one, other = code(), Code.from_arrays(code().arrays())
    np.testing.assert_array_equal(one.encode(rows()), other.encode(rows()))
    noise = np.random.default_rng(0).normal(size=(30, one.width))
    np.testing.assert_array_equal(one.decode(noise, 7), other.decode(noise, 7))


def test_numbers_alone_and_levels_alone() -> None:
    values = rows()[9:]
    for kept in ([0, 6], [1]):
        variables = [VARIABLES[j] for j in kept]
        learned = Code.fit(values[:, kept], variables, np.arange(len(values)))
        again = Code.from_arrays(learned.arrays())
        back = again.decode(learned.encode(values[:, kept]), len(kept))
        assert back.shape == (51, len(kept))
        if kept == [1]:
            np.testing.assert_array_equal(back, values[:, kept])


def test_what_is_possible_in_a_class() -> None:
    """The first class never lacks the origin, the second always does; of the pair of numbers it is the other way."""
    values, classes = rows()[9:], (np.arange(51) % 2)[:, None] == np.arange(2)
    values[classes[:, 0], 4], values[classes[:, 1], 4] = 1.0, np.nan
    values[0, 4], values[1, 4] = 2.0, np.nan
    values[:, 2:4] = np.where(classes[:, :1], np.nan, 1.0 + np.arange(51)[:, None])
    learned = Code.fit(values, VARIABLES, np.arange(51))
    possible = learned.possible(learned.encode(values), classes.astype(float))
    (sex, origin, *patterns), first = learned.choices, len(learned.numbers)

    def of(choice: tuple[int, int]) -> list[list[bool]]:
        return possible[:, choice[0] - first : choice[0] - first + choice[1]].tolist()

    assert of(sex) == [[True, True]] * 2
    assert of(origin) == [[True, True, False], [False, False, True]]  # levels 1 and 2, and the gap
    assert [[False, True], [True, False]] in [of(pattern) for pattern in patterns]


def test_missing_numbers_are_marked() -> None:
    values = rows()
    code = Code.fit(values, VARIABLES, np.arange(N))
    np.testing.assert_array_equal(code.known(code.encode(values)), ~np.isnan(values[:, code.numbers]))
