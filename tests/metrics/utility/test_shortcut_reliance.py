"""Reliance on the source: found where classes carry a fingerprint, silent where all rows carry it."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import as_synthetic
from fewfold.core.errors import NotApplicable
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.faults import fresh_rows
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.utility.shortcut_reliance import _apart, _partial


def linear(n: int, rng: np.random.Generator | int) -> Cohort:
    return datasets.make_linear(n, rng=rng).cohort


def comparison(seed: int, where: tuple[int, ...] = (), step: float = 2.0) -> Comparison:
    """60 + 60 patients and 300 fresh rows, with x8, which says nothing, shifted in some classes."""
    real, rows = linear(120, seed), fresh_rows(linear, 300, rng=seed + 100)
    order = np.random.default_rng(seed).permutation(120)
    made = rows.with_column("x8", rows.table["x8"] + step * np.isin(rows.y, where))
    return Comparison(real.take(order[:60]).as_part("train"), real.take(order[60:]).as_part("holdout"), made)


def test_a_fingerprint_in_one_class_is_found() -> None:
    null = metric("shortcut_reliance").null_values(comparison(0), 50, rng=np.random.default_rng(0))
    values = [metric("shortcut_reliance").value(comparison(seed, (1,)), rng=0) for seed in range(10)]
    assert min(values) > np.nanquantile(null, 0.975)


@pytest.mark.parametrize("where", [(), (0, 1)])
def test_no_fingerprint_or_one_of_all_rows_is_none(where: tuple[int, ...]) -> None:
    values = [metric("shortcut_reliance").value(comparison(seed, where), rng=0) for seed in range(20)]
    assert abs(np.mean(values)) < 0.8
    assert max(values) < 3.5


def test_the_fingerprint_planted_into_controls_raises_their_risk() -> None:
    with_it = metric("shortcut_reliance").measure(comparison(0, (1,)), rng=0).details
    without = metric("shortcut_reliance").measure(comparison(0), rng=0).details
    assert with_it["risk change when planted: 1"] > 0.3
    assert abs(without["risk change when planted: 1"]) < 0.15
    assert with_it["correlation with the source score: 1"] > 0.5


def test_the_difference_of_differences_is_welch() -> None:
    rng = np.random.default_rng(0)
    sizes, means = (30, 50, 12, 20), (3.0, 1.0, 0.5, 0.2)
    groups = [rng.normal(m, 1, n) for m, n in zip(means, sizes, strict=True)]
    inside, made = np.repeat([True, False, True, False], sizes), np.repeat([True, True, False, False], sizes)
    gap = groups[0].mean() - groups[1].mean() - groups[2].mean() + groups[3].mean()
    error = sum(g.var(ddof=1) / len(g) for g in groups) ** 0.5
    assert _apart(np.concatenate(groups), inside, made) == pytest.approx(gap / error)
    assert _apart(np.concatenate(groups)[:80], inside[:80], made[:80]) is None


def test_the_partial_correlation_is_that_of_the_residuals() -> None:
    rng = np.random.default_rng(1)
    inside = rng.random(40) < 0.4
    a, b = rng.normal(size=(2, 40)) + 3 * inside
    design = np.column_stack([np.ones(40), inside])
    left = [x - design @ np.linalg.lstsq(design, x, rcond=None)[0] for x in (a, b)]
    assert _partial(a, b, inside) == pytest.approx(np.corrcoef(*left)[0, 1])


def test_synthetic_rows_of_one_class_are_a_reason() -> None:
    one = comparison(0)
    rows = one.synthetic.take(np.flatnonzero(one.synthetic.y == 1))
    with pytest.raises(NotApplicable, match="no two classes"):
        metric("shortcut_reliance").value(Comparison(one.train, one.holdout, as_synthetic(rows)), rng=0)
