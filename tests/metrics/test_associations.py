"""Associations against scipy and the published formulas, pair by pair."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, spearmanr
from scipy.stats.contingency import crosstab

from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.metrics.associations import associations

VARIABLES = (
    Variable(name="u", kind="numeric"),
    Variable(name="v", kind="ordinal", levels=(1, 2, 3, 4)),
    Variable(name="sex", kind="boolean", levels=("f", "m")),
    Variable(name="p", kind="categorical", levels=("a", "b", "c")),
    Variable(name="q", kind="categorical", levels=("k", "l", "m", "n", "o")),  # "o" is never seen
)


def table(n: int = 80, gaps: float = 0.0) -> Cohort:
    rng = np.random.default_rng(3)
    u = rng.normal(size=n)
    p = np.digitize(u + rng.normal(size=n), [-0.5, 0.8])
    q = (p + rng.integers(0, 3, n)) % 4
    v = np.digitize(u + rng.normal(size=n), [-1, 0, 1])
    columns = {
        "u": np.exp(u),
        "v": pd.Categorical.from_codes(v, categories=[1, 2, 3, 4], ordered=True),
        "sex": pd.Categorical.from_codes((u > 0.4).astype(int), categories=["f", "m"]),
        "p": pd.Categorical.from_codes(p, categories=list("abc")),
        "q": pd.Categorical.from_codes(q, categories=list("klmno")),
    }
    frame = pd.DataFrame(columns)
    for name in frame:
        frame.loc[rng.random(n) < gaps, name] = np.nan
    return Cohort.real(frame, Schema(variables=VARIABLES))


def kelley(values: np.ndarray, groups: np.ndarray) -> float:
    """10.1073/pnas.21.9.554: 1 - (within / (n - k)) / (total / (n - 1))."""
    parts = [values[groups == g] for g in np.unique(groups)]
    within = sum(np.sum((x - x.mean()) ** 2) for x in parts)
    total = np.sum((values - values.mean()) ** 2)
    return float(np.sqrt(max(0.0, 1 - (within / (len(values) - len(parts))) / (total / (len(values) - 1)))))


def bergsma(a: np.ndarray, b: np.ndarray) -> float:
    """10.1016/j.jkss.2012.10.002, equations for the bias-corrected V."""
    counts = crosstab(a, b).count
    n, (r, c) = counts.sum(), counts.shape
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    phi2 = np.sum((counts - expected) ** 2 / expected) / n
    plus = max(0.0, phi2 - (r - 1) * (c - 1) / (n - 1))
    return float(np.sqrt(plus / min(r - (r - 1) ** 2 / (n - 1) - 1, c - (c - 1) ** 2 / (n - 1) - 1)))


def test_each_kind_of_pair() -> None:
    cohort = table()
    found, x = associations(cohort), cohort.matrix
    for i, j in itertools.combinations(range(3), 2):
        assert found[i, j] == pytest.approx(spearmanr(x[:, i], x[:, j]).statistic)
    for i, j in itertools.product(range(3), (3, 4)):
        assert found[i, j] == pytest.approx(kelley(rankdata(x[:, i]), x[:, j]))
    assert found[3, 4] == pytest.approx(bergsma(x[:, 3], x[:, 4]))
    assert found[3, 4] > 0.2
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 1.0)


def test_missing_values_leave_a_pair_out_and_not_the_row() -> None:
    cohort = table(gaps=0.2)
    found, x = associations(cohort), cohort.matrix
    ranks = np.full_like(x, np.nan)
    for j in range(3):
        known = ~np.isnan(x[:, j])
        ranks[known, j] = rankdata(x[known, j])
    both = ~np.isnan(x[:, [0, 1]]).any(axis=1)
    assert found[0, 1] == pytest.approx(np.corrcoef(ranks[both, 0], ranks[both, 1])[0, 1])
    both = ~np.isnan(x[:, [0, 3]]).any(axis=1)
    assert found[0, 3] == pytest.approx(kelley(ranks[both, 0], x[both, 3]))
    both = ~np.isnan(x[:, [3, 4]]).any(axis=1)
    assert found[3, 4] == pytest.approx(bergsma(x[both, 3], x[both, 4]))


def test_what_does_not_vary_has_no_association() -> None:
    cohort = table()
    flat = cohort.with_column("u", np.full(80, 2.0)).with_column("p", pd.Categorical(["a"] * 80, list("abc")))
    gone = cohort.with_column("u", np.full(80, np.nan)).with_column("p", pd.Categorical([None] * 80, list("abc")))
    for one in (flat, gone):
        found = associations(one)
        assert np.isnan(found[[0, 3]]).all()
        assert np.isnan(found[:, [0, 3]]).all()
        assert np.isfinite(found[np.ix_([1, 2, 4], [1, 2, 4])]).all()


def test_independent_variables_are_near_zero_and_equal_ones_are_one() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, (2, 3000))
    frame = pd.DataFrame(
        {"p": pd.Categorical.from_codes(a % 3, list("abc")), "q": pd.Categorical.from_codes(b, list("klmno"))}
    )
    independent = Cohort.real(frame, Schema(variables=VARIABLES[3:]))
    assert associations(independent)[0, 1] < 0.03
    same = pd.DataFrame({"p": frame["p"], "r": frame["p"]})
    twice = Schema(variables=(VARIABLES[3], Variable(name="r", kind="categorical", levels=("a", "b", "c"))))
    assert associations(Cohort.real(same, twice))[0, 1] == pytest.approx(1)


def test_the_order_of_the_variables_does_not_matter() -> None:
    cohort, order = table(gaps=0.1), [3, 0, 4, 2, 1]
    variables = tuple(VARIABLES[j] for j in order)
    turned = Cohort.real(cohort.table[[v.name for v in variables]], Schema(variables=variables))
    np.testing.assert_array_equal(associations(turned), associations(cohort)[np.ix_(order, order)])
