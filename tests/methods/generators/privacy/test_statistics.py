"""One patient more or less moves no statistic further than is claimed; brute force over many tables."""

from __future__ import annotations

import numpy as np
import pytest

from fewfold.methods.generators.privacy.statistics import (
    TABLE_SENSITIVITY,
    one_row_each,
    products,
    products_sensitivity,
    table,
)


@pytest.mark.parametrize("seed", range(20))
def test_tables(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, shape = int(rng.integers(1, 30)), (int(rng.integers(1, 4)), int(rng.integers(1, 6)))
    classes, codes = rng.integers(shape[0], size=n), rng.integers(shape[1], size=n)
    whole = table(classes, codes, shape)
    assert whole.sum() == n
    for i in range(n):
        apart = np.linalg.norm(whole - table(np.delete(classes, i), np.delete(codes, i), shape))
        assert apart == pytest.approx(TABLE_SENSITIVITY)


@pytest.mark.parametrize("d", [2, 3, 7, 20])
@pytest.mark.parametrize("size", [0.1, 1.0, 3.0, 1e6])
def test_products(d: int, size: float) -> None:
    rng = np.random.default_rng(d)
    scores = np.vstack([size * rng.normal(size=(25, d)), size * np.ones((1, d)), np.zeros((1, d))])
    whole, apart = products(scores), []
    for i in range(len(scores)):
        apart.append(np.linalg.norm(whole - products(np.delete(scores, i, axis=0))))
    assert max(apart) <= products_sensitivity(d) * (1 + 1e-9)
    if size >= 3:  # a row of equal scores reaches the bound, so that a smaller one would be wrong
        assert max(apart) == pytest.approx(products_sensitivity(d))


def test_short_rows_are_not_changed() -> None:
    scores = np.random.default_rng(0).uniform(-1, 1, (50, 4))
    np.testing.assert_allclose(products(scores), (scores.T @ scores)[np.triu_indices(4, 1)])


def test_one_row_of_each_patient_all_equally_likely() -> None:
    subjects = np.array([3, 1, 3, 3, 0, 1])
    drawn = np.array([one_row_each(subjects, np.random.default_rng(seed)) for seed in range(3000)])
    assert (np.sort(subjects[drawn], axis=1) == [0, 1, 3]).all()
    rates = np.bincount(drawn.ravel(), minlength=6) / 3000
    assert np.abs(rates - [1 / 3, 1 / 2, 1 / 3, 1 / 3, 1, 1 / 2]).max() < 0.03  # 3 standard errors
