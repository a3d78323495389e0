"""Detectability by class: a fingerprint in one class is found, one in all classes is not, unless shares differ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm

from comparisons import as_synthetic
from fewfold.core.errors import NotApplicable
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.faults import fresh_rows, plant
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.fidelity import source_by_class as module


def linear(n: int, rng: np.random.Generator | int) -> Cohort:
    return datasets.make_linear(n, rng=rng).cohort


def comparison(seed: int, synthetic: Cohort | None = None, n: int = 60) -> Comparison:
    real = linear(2 * n, seed)
    made = fresh_rows(linear, 5 * n, rng=seed + 100) if synthetic is None else synthetic
    order = np.random.default_rng(seed).permutation(2 * n)
    return Comparison(real.take(order[:n]).as_part("train"), real.take(order[n:]).as_part("holdout"), made)


def marked(seed: int, where: tuple[int, ...]) -> Cohort:
    """Fresh rows with x1 shifted by 2 SD in some classes."""
    rows = fresh_rows(linear, 300, rng=seed + 100)
    return rows.with_column("x1", rows.table["x1"] + 2.0 * np.isin(rows.y, where))


def test_a_fingerprint_in_one_class_is_found_and_named() -> None:
    null = metric("source_by_class").null_values(comparison(0), 40, rng=np.random.default_rng(0))
    for seed in range(6):
        one = comparison(seed, plant("source_shortcut", linear(60, seed), linear, 300, rng=seed))
        assert metric("source_by_class").value(one, rng=0) > np.nanquantile(null, 0.975)
    found = metric("source_by_class").measure(comparison(0, marked(0, (1,))), rng=0)
    assert found.details["difference: x1"] > 4
    assert found.null is not None
    assert found.value > found.null.high


def test_a_fingerprint_of_every_class_is_no_shortcut_at_equal_shares() -> None:
    values = [metric("source_by_class").value(comparison(seed, marked(seed, (0, 1))), rng=0) for seed in range(5)]
    alone = [metric("source_by_class").value(comparison(seed, marked(seed, (1,))), rng=0) for seed in range(5)]
    assert np.median(values) < 3.5 < np.median(alone)


def test_a_fingerprint_of_every_row_is_a_shortcut_where_one_class_alone_has_rows() -> None:
    rows = marked(0, (0, 1))
    minority = rows.take(np.flatnonzero(rows.y == 1))
    fresh = fresh_rows(linear, 300, rng=100)
    assert metric("source_by_class").value(comparison(0, minority), rng=0) > 4
    assert metric("source_by_class").value(comparison(0, fresh.take(np.flatnonzero(fresh.y == 1))), rng=0) < 4


def test_a_joint_fingerprint_that_no_feature_shows_alone() -> None:
    """Features of one class tied to each other, each alone as before: seen with 150 patients, seldom with 60."""
    rows = fresh_rows(linear, 450, rng=5)
    inside = rows.y == 1
    rows = rows.with_column("x6", np.where(inside, rows.table["x5"], rows.table["x6"]))
    rows = rows.with_column("x7", np.where(inside, -rows.table["x5"], rows.table["x7"]))
    told = module._differences(module._by_class(comparison(1, rows, n=150), np.random.default_rng(0)))
    assert told[-1] > 4 > told[:-1].max() + 1


def test_each_feature_is_mann_whitney() -> None:
    rng = np.random.default_rng(0)
    real, made = np.round(rng.normal(size=(15, 3)), 1), np.round(rng.normal(size=(40, 3)) + 0.5, 1)
    auroc, variance = module._each(real, made)
    for j in range(3):
        test = mannwhitneyu(made[:, j], real[:, j], method="asymptotic", use_continuity=False)
        assert auroc[j] + 0.5 == pytest.approx(test.statistic / 600)
        assert 2 * norm.sf(abs(auroc[j]) / np.sqrt(variance[j])) == pytest.approx(test.pvalue)


def test_one_class_with_enough_rows_is_not_enough() -> None:
    real = linear(60, 0)
    few = np.concatenate([np.flatnonzero(real.y == 0), np.flatnonzero(real.y == 1)[:3]])
    rows = real.take(few)
    made = as_synthetic(linear(60, 1))
    half = Comparison(rows.take(np.arange(0, 45, 2)).as_part("train"), rows.take(np.arange(1, 45, 2)), made)
    with pytest.raises(NotApplicable, match="two classes"):
        metric("source_by_class").value(half, rng=0)
