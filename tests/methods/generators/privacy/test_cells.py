"""Cells lie where the schema says, and their scores are those of a normal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import truncnorm

from fewfold.core.errors import BadInput
from fewfold.data.schema import Variable
from fewfold.methods.generators import correlation
from fewfold.methods.generators.privacy.cells import (
    FEWEST,
    MOST,
    Cells,
    cell_scores,
    check_declared,
    ends,
    fineness,
    score_series,
)
from fewfold.methods.generators.privacy.smoothing import smoothed

NUMBER = Variable(name="x", kind="numeric", low=0, high=10)


def test_what_lacks_limits_is_named_and_the_rest_is_not() -> None:
    bare = Variable(name="crp", kind="numeric", low=0)
    date = Variable(name="born", kind="datetime")
    level = Variable(name="sex", kind="boolean", levels=("f", "m"))
    with pytest.raises(BadInput, match="for crp, born"):
        check_declared([NUMBER, bare, date, level])
    check_declared([NUMBER, level])


def test_values_beyond_the_limits_are_in_the_outermost_cells() -> None:
    cut = Cells.of(NUMBER, 5)
    np.testing.assert_array_equal(cut.edges, [0, 2, 4, 6, 8, 10])
    assert cut.codes(np.array([-1e9, 0, 1.9, 2, 9.9, 10, 1e9, np.nan])).tolist() == [0, 0, 0, 1, 4, 4, 4, 5]


def test_whole_numbers_have_no_more_cells_than_values() -> None:
    grade = Variable(name="grade", kind="integer", low=1, high=4)
    assert ends(grade) == (0.5, 4.5)
    cut = Cells.of(grade, 32)
    assert cut.codes(np.array([1.0, 2, 3, 4])).tolist() == [0, 1, 2, 3]
    assert Cells.of(Variable(name="one", kind="integer", low=3, high=3), 32).size == 1


def test_fineness_follows_patients_and_noise_alone() -> None:
    assert fineness(0.0, 1.0) == FEWEST
    assert fineness(1e9, 1e-3) == MOST
    assert fineness(500, 0.1) == 15  # 2 * 500^(1/3) = 15.9
    assert fineness(500, 5.0) == 10  # sqrt(500 / 5)


def test_scores_are_means_of_a_truncated_normal() -> None:
    scores = cell_scores(np.array([0.2, 0.5, 0.0, 0.3]))
    steps = [(-np.inf, -0.8416212), (-0.8416212, 0.5244005), (0.5244005, np.inf)]
    np.testing.assert_allclose(scores[[0, 1, 3]], [truncnorm.mean(*step) for step in steps], rtol=1e-6)
    assert scores[2] == pytest.approx(0.5244005)
    assert scores[4] == 0.0
    assert np.abs(cell_scores(np.array([1e-9, 1 - 1e-9]))).max() <= 3.0


def test_series_are_those_of_the_scores_of_a_column() -> None:
    column = np.repeat([0.0, 1, 2], [128, 256, 128])
    expected = correlation.scores(column[:, None]).series
    np.testing.assert_allclose(score_series([np.array([0.25, 0.5, 0.25])]), expected)


def test_a_margin_draws_cells_at_their_shares() -> None:
    shares, ranks = np.array([0.0, 0.25, 0.0, 0.75, 0.0]), (np.arange(1000) + 0.5) / 1000
    drawn = Cells.of(NUMBER, 5).margin(shares).quantile(ranks)
    np.testing.assert_allclose(np.histogram(drawn, np.arange(0, 11, 2))[0] / 1000, shares)
    level = Variable(name="s", kind="categorical", levels=("a", "b", "c", "d", "e"))
    assert np.bincount(Cells.of(level, 9).margin(shares).quantile(ranks).astype(int), minlength=5).tolist() == [
        *(0, 250, 0, 750, 0)
    ]


def test_shares_come_through_without_noise_and_classes_are_pooled_under_much() -> None:
    counts = np.array([[80.0, 20, 0, 0], [0, 50, 30, 20]])
    np.testing.assert_allclose(smoothed(counts, 1e-9), counts / 100)
    pooled = smoothed(np.array([[80.0, 20, 0, 0], [75, 30, 0, 0]]), 4.0)
    np.testing.assert_allclose(pooled[0], pooled[1])
    assert not smoothed(np.zeros((2, 3)), 1.0)[:, -1].any()
