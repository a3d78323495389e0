"""Copies are counted whatever hides them, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from comparisons import as_synthetic, comparison_of, numbers, real_thirds
from fewfold.data.schema import Variable
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.privacy import exact_copies


def mixed(share: float) -> Comparison:
    comparison = real_thirds(60)
    copied = round(60 * share)
    rows = [comparison.train.take(np.arange(copied)), comparison.synthetic.take(np.arange(copied, 60))]
    table = pd.concat([r.table for r in rows], ignore_index=True)
    synthetic = as_synthetic(comparison.train.real(table, comparison.train.schema))
    return Comparison(comparison.train, comparison.holdout, synthetic)


@pytest.mark.parametrize("copied", [0, 12, 60])
def test_counts_copies_with_their_gaps_and_gives_the_clopper_pearson_interval(copied: int) -> None:
    found = metric("exact_copies").measure(mixed(copied / 60), rng=0)
    expected = binomtest(copied, 60).proportion_ci(method="exact")
    assert (found.value, found.low, found.high) == pytest.approx((copied / 60, expected.low, expected.high))
    assert found.null is not None
    assert found.null.high == 0


def test_noise_below_the_precision_of_the_data_hides_nothing() -> None:
    rng = np.random.default_rng(0)
    train, real = np.round(rng.normal(5, 2, size=(2, 40, 4)), 1)
    hidden = train + rng.uniform(-0.04, 0.04, size=train.shape)
    assert metric("exact_copies").value(numbers(train, real, hidden), rng=0) == 1
    moved = train + 0.1 * np.eye(4)[rng.integers(0, 4, 40)]
    assert metric("exact_copies").value(numbers(train, real, moved), rng=0) < 0.1


@pytest.mark.parametrize("offset", [0.0, 0.5, -3.5])
def test_neighbours_on_the_grid_stay_apart(offset: float) -> None:
    grid = np.arange(40.0)[:, None] + offset
    train, other = grid[::2] + 0.0, grid[1::2] + 0.0
    train = np.vstack([train, other[:1]])  # the step of 1 is seen once
    assert metric("exact_copies").value(numbers(train, other, other), rng=0) == pytest.approx(1 / 20)


def test_the_target_may_differ() -> None:
    comparison = mixed(1.0)
    target = comparison.synthetic.table["relapse"]
    flipped = comparison.synthetic.with_column("relapse", target.cat.rename_categories({"yes": "no", "no": "yes"}))
    flipped = flipped.with_column("relapse", flipped.table["relapse"].cat.set_categories(["yes", "no"]))
    assert metric("exact_copies").value(Comparison(comparison.train, comparison.holdout, flipped), rng=0) == 1


def test_a_table_with_few_levels_has_equal_patients_by_chance_and_the_null_says_so() -> None:
    rng = np.random.default_rng(0)
    frames = [pd.DataFrame({"x": pd.Categorical.from_codes(rng.integers(0, 3, 40), list("abc"))}) for _ in range(3)]
    comparison = comparison_of(*frames, [Variable(name="x", kind="categorical", levels=("a", "b", "c"))])
    found = metric("exact_copies").measure(comparison, rng=0)
    assert found.value == 1
    assert found.null is not None
    assert found.null.low == 1


def test_some_rows_counted_are_some_rows_taken() -> None:
    rng = np.random.default_rng(1)
    train, real = np.round(rng.normal(size=(2, 90, 2)))
    train[::9, 1], train[:, 0] = np.nan, 2 * train[:, 0]  # a step of 2
    made = np.vstack([train[:60] + 0.4, real[:30]])
    c = numbers(train, real, made)
    parts, shares = (c.train, c.holdout, c.synthetic), []
    for size in (15, 40, 80):
        rows = tuple(np.sort(rng.permutation(90)[:size]) for _ in parts)
        taken = Comparison(*(p.take(r) for p, r in zip(parts, rows, strict=True)))
        counted = exact_copies.ExactCopies()._of_rows(parts)
        shares.append(counted(rows))  # type: ignore[arg-type]
        assert shares[-1] == metric("exact_copies").value(taken, rng=0)
    assert 0 < min(shares) < max(shares) < 1


def test_rows_with_the_same_key_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_copies, "_keys", lambda rows: np.zeros(len(rows), dtype=np.uint64))
    rows = np.array([[1.0, 2.0], [1.0, np.inf], [3.0, 2.0]])
    assert exact_copies._among(rows, rows[[2, 0]]).tolist() == [True, False, True]
