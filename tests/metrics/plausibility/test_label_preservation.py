"""Flipped labels are found where labels can be learned, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from cohorts import make_cohort
from comparisons import as_synthetic
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.faults import plant
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.plausibility.label_preservation import _aurocs, _correlations


def comparison(seed: int, strength: float, auroc: float = 0.8, n: int = 60) -> Comparison:
    def draw(k: int, rng: np.random.Generator | int) -> Cohort:
        return datasets.make_linear(k, auroc=auroc, rng=rng).cohort

    real, order = draw(2 * n, seed), np.random.default_rng(seed).permutation(2 * n)
    train, holdout = real.take(order[:n]).as_part("train"), real.take(order[n:]).as_part("holdout")
    return Comparison(train, holdout, plant("label_noise", train, draw, 5 * n, strength=strength, rng=seed + 100))


def test_flipped_labels_are_found() -> None:
    null = metric("label_preservation").null_values(comparison(0, 0, 0.85), 50, rng=np.random.default_rng(0))
    values = [metric("label_preservation").value(comparison(seed, 1.0, 0.85), rng=0) for seed in range(40)]
    assert np.mean(np.array(values) > np.quantile(null, 0.975)) >= 0.95


@pytest.mark.parametrize(("strength", "auroc"), [(0.0, 0.8), (1.0, 0.5)])
def test_right_labels_and_labels_that_nothing_tells_raise_no_alarm(strength: float, auroc: float) -> None:
    values = [metric("label_preservation").value(comparison(seed, strength, auroc), rng=0) for seed in range(20)]
    assert abs(np.mean(values)) < 0.8
    assert max(values) < 3.5


@pytest.mark.parametrize("task", ["multiclass", "continuous"])
def test_every_target(task: str) -> None:
    """Labels dealt anew among synthetic rows."""
    cohort = make_cohort(400, task=task)
    train, holdout, fresh = (cohort.take(np.arange(*ends)) for ends in ((0, 80), (80, 160), (160, 400)))
    target = cohort.schema.target
    assert target is not None
    order = np.random.default_rng(0).permutation(len(fresh))
    wrong = fresh.with_column(target.name, fresh.table[target.name].iloc[order].to_numpy())
    wrong = Cohort(wrong.table.astype(fresh.table.dtypes), fresh.schema, fresh.provenance)
    good, bad = (
        metric("label_preservation").measure(
            Comparison(train.as_part("train"), holdout.as_part("holdout"), as_synthetic(rows)), rng=0
        )
        for rows in (fresh, wrong)
    )
    assert good.null is not None
    assert good.value < good.null.high
    assert bad.null is not None
    assert bad.value > max(bad.null.high, 2.5)


def test_the_shares_of_the_classes_do_not_matter() -> None:
    one = comparison(3, 0.0)
    rows = one.synthetic
    balanced = rows.take(np.concatenate([np.flatnonzero(rows.y == 1), np.flatnonzero(rows.y == 0)[:80]]))
    assert metric("label_preservation").value(Comparison(one.train, one.holdout, balanced), rng=0) < 2


def test_the_variance_is_that_of_hanley_and_mcneil() -> None:
    """Their example (10.1148/radiology.143.1.7063747): an area of 0.893 with 51 and 58 cases has the SE 0.032."""
    rng = np.random.default_rng(0)
    inside = np.repeat([True, False], [51, 58])
    scores = rng.normal(size=109) + 1.75 * inside
    gap, variance = _aurocs(inside, scores, inside, scores) or (1.0, 0.0)
    above = np.mean(scores[inside][:, None] > scores[~inside])
    q1, q2 = above / (2 - above), 2 * above**2 / (1 + above)
    one = (above * (1 - above) + 50 * (q1 - above**2) + 57 * (q2 - above**2)) / (51 * 58)
    assert (gap, variance) == (0, pytest.approx(2 * one))
    assert _aurocs(inside, scores, inside[:20], scores[:20]) is None


def test_correlations_by_fisher() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 50))
    u, v = rng.normal(size=(2, 90))
    gap, variance = _correlations(x, x + y, u, v)
    assert gap == pytest.approx(np.arctanh(np.corrcoef(x, x + y)[0, 1]) - np.arctanh(np.corrcoef(u, v)[0, 1]))
    assert variance == pytest.approx(1 / 47 + 1 / 87)
