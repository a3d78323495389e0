"""Leaves give the densities that scipy gives, and draw what their densities say."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import logsumexp

from fewfold.methods.generators.leaves import Leaves
from fewfold.methods.generators.recorded import Recorded

# Columns: three levels; a number with a mass at 0; a logarithm; whole numbers with a mass at 4.
RECORDED = Recorded(
    owner=np.array([0, 0, 0, 1, 3]),
    atom=np.array([0.0, 1.0, 2.0, 0.0, 4.0]),
    number=np.array([1, 2, 3]),
    low=np.array([-4.0, 0.5, 1.0]),
    high=np.array([6.0, 20.0, 9.0]),
    half=np.array([0.0, 0.0, 0.5]),
    places=np.array([-1, -1, 0]),
    logged=np.array([False, True, False]),
    centre=np.array([1.0, 0.7, 4.0]),
    spread=np.array([2.0, 0.8, 1.5]),
)


def mixture():
    edges = RECORDED.standard(np.array([[-4.0, 0.5, 0.5], [6.0, 20.0, 9.5], [0.5, 3.0, 4.5]]))
    return Leaves(
        weight=np.array([0.5, 0.3, 0.2]),
        label=np.array([0, 1, 0]),
        missing=np.array([[0.1, 0.0, 0.2, 0.0], [0.0, 0.5, 0.0, 0.3], [0.0, 0.0, 0.0, 0.0]]),
        share=np.array([[0.2, 0.3, 0.5, 0.4, 0.3], [1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.5, 0.5, 1.0, 0.1]]),
        number=np.array([[0.6, 1.0, 0.7], [1.0, 1.0, 1.0], [0.0, 1.0, 0.9]]),
        mean=np.array([[0.3, -0.2, 0.0], [-1.0, 1.0, 1.0], [0.0, 0.0, -1.0]]),
        sd=np.array([[0.5, 0.7, 1.0], [1.0, 0.4, 0.3], [1.0, 1.0, 0.8]]),
        low=np.stack([edges[0], edges[0], edges[2]]),
        high=np.stack([edges[2], edges[1], edges[1]]),
        recorded=RECORDED,
    )


def truncated(leaves, c, k):
    """The number ``k`` of component ``c``, of which the logarithm is taken in column 2, as scipy has it."""
    mean, sd = leaves.mean[c, k], leaves.sd[c, k]
    a, b = (leaves.low[c, k] - mean) / sd, (leaves.high[c, k] - mean) / sd
    centre, spread = RECORDED.centre[k] + RECORDED.spread[k] * mean, RECORDED.spread[k] * sd
    return stats.truncnorm(a, b, loc=centre, scale=spread)


def step(law, x):
    """How likely a number is rounded to ``x``, from the side where the difference is not that of two numbers near 1."""
    return law.sf(x - 0.5) - law.sf(x + 0.5) if x > law.mean() else law.cdf(x + 0.5) - law.cdf(x - 0.5)


def brute(leaves, row, known, label=None):
    """(components,) the weight of each for one row, factor by factor."""
    out = []
    for c in range(3):
        value = leaves.weight[c] * (label is None or leaves.label[c] == label)
        for j in np.flatnonzero(known):
            x = row[j]
            if np.isnan(x):
                value *= leaves.missing[c, j]
                continue
            value *= 1 - leaves.missing[c, j]
            if j == 0:
                value *= leaves.share[c, int(x)]
            elif j == 1:
                value *= leaves.share[c, 3] if x == 0 else leaves.number[c, 0] * truncated(leaves, c, 0).pdf(x)
            elif j == 2:
                value *= truncated(leaves, c, 1).pdf(np.log(x)) / x
            else:
                whole = truncated(leaves, c, 2)
                value *= leaves.number[c, 2] * step(whole, x) + leaves.share[c, 4] * (x == 4)
        out.append(value)
    return np.array(out)


ROWS = np.array(
    [
        [2.0, 0.0, 1.3, 3.0],
        [0.0, 1.7, 6.0, 6.0],
        [np.nan, -2.0, np.nan, 1.0],
        [1.0, 0.0, 19.0, np.nan],
        [1.0, 0.4, 2.0, 4.0],
        [0.0, np.nan, 4.0, 9.0],
    ]
)


@pytest.mark.parametrize("known", [[1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0]])
@pytest.mark.parametrize("label", [None, 0, 1])
def test_weights_are_those_of_brute_force(known, label):
    leaves, known = mixture(), np.array(known, dtype=bool)
    labels = None if label is None else np.full(len(ROWS), label)
    expected = np.stack([brute(leaves, row, known, label) for row in ROWS])
    assert (expected > 0).any()
    np.testing.assert_allclose(np.exp(leaves.log_weights(ROWS, known, labels)), expected, rtol=1e-9, atol=1e-300)


def density(column, values):
    rows = np.full((len(values), 4), np.nan)
    rows[:, column] = values
    return np.exp(logsumexp(mixture().log_weights(rows, np.arange(4) == column), axis=1))


@pytest.mark.parametrize("column", [0, 1, 2, 3])
def test_each_column_adds_up_to_1(column):
    points = {0: [0.0, 1.0, 2.0, np.nan], 1: [0.0, np.nan], 2: [np.nan], 3: [*np.arange(1.0, 10.0), np.nan]}[column]
    total = density(column, np.array(points)).sum()
    if column in (1, 2):
        k = column - 1
        edges = [RECORDED.low[k], 0.5, 3.0, RECORDED.high[k]]
        for low, high in pairwise(edges):
            total += integrate.quad(lambda x: density(column, np.array([x]))[0], low, high)[0] if low < high else 0.0
    assert total == pytest.approx(1.0, abs=1e-8)


def test_what_was_never_seen_has_no_density():
    rows = np.array([[3.0, 0.0, 1.3, 3.0], [2.0, 7.0, 1.3, 3.0], [2.0, 0.0, 30.0, 3.0], [2.0, 0.0, 1.3, 11.0]])
    assert np.isneginf(mixture().log_weights(rows, np.ones(4, dtype=bool))).all()


def test_draws_follow_the_densities():
    leaves, rng = mixture(), np.random.default_rng(0)
    for c in (0, 1):
        made = leaves.draw(np.full(40_000, c), rng)
        assert np.isnan(made).mean(axis=0) == pytest.approx(leaves.missing[c], abs=0.01)
        levels = made[~np.isnan(made[:, 0]), 0].astype(int)
        assert np.bincount(levels, minlength=3) / len(levels) == pytest.approx(leaves.share[c, :3], abs=0.01)
        known = made[~np.isnan(made[:, 1]), 1]
        assert (known == 0).mean() == pytest.approx(leaves.share[c, 3], abs=0.01)
        assert stats.kstest(known[known != 0], truncated(leaves, c, 0).cdf).statistic < 0.015
        assert stats.kstest(np.log(made[~np.isnan(made[:, 2]), 2]), truncated(leaves, c, 1).cdf).statistic < 0.015
        whole, law = made[~np.isnan(made[:, 3]), 3], truncated(leaves, c, 2)
        assert set(whole) <= set(range(1, 10))
        for x in range(1, 10):
            expected = leaves.number[c, 2] * step(law, x) + leaves.share[c, 4] * (x == 4)
            assert (whole == x).mean() == pytest.approx(expected, abs=0.01)


def test_a_normal_far_from_its_bounds_is_drawn_between_them():
    leaves = mixture()
    low, high = leaves.mean + 30 * leaves.sd, leaves.mean + 31 * leaves.sd
    made = replace(leaves, low=low, high=high).draw(np.zeros(500, dtype=int), np.random.default_rng(0))
    standard = RECORDED.standard(np.clip(made[:, 1:], RECORDED.low, RECORDED.high))
    assert np.isfinite(standard[~np.isnan(made[:, 1:])]).all()


def test_arrays_come_back():
    leaves = mixture()
    again = Leaves.of(leaves.arrays())
    known = np.ones(4, dtype=bool)
    np.testing.assert_array_equal(again.log_weights(ROWS, known), leaves.log_weights(ROWS, known))
