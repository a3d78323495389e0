"""Subgroups: a level, a tail or a cluster that goes missing is found and named; a change of the classes is not."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import numbers
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Ints
from fewfold.data import datasets
from fewfold.data.cohort import Cohort
from fewfold.data.datasets.faults import fresh_rows, plant
from fewfold.metrics.base import Comparison, metric
from fewfold.metrics.diversity.subgroups import _Rows, _subgroups


def clinic(n: int, rng: np.random.Generator | int) -> Cohort:
    return datasets.make_clinic(n, rng=rng).cohort


def clusters(n: int, rng: np.random.Generator | int) -> Cohort:
    return datasets.make_clusters(n, rng=rng).cohort


def comparison(seed: int, make=clinic, keep=None, k: int = 300, n: int = 60) -> Comparison:
    real, rows = make(2 * n, seed), fresh_rows(make, k, rng=seed + 100)
    order = np.random.default_rng(seed).permutation(2 * n)
    made = rows if keep is None else rows.take(np.flatnonzero(keep(rows)))
    return Comparison(real.take(order[:n]).as_part("train"), real.take(order[n:]).as_part("holdout"), made)


@pytest.mark.parametrize("make", [clinic, clusters])
@pytest.mark.parametrize("fault", ["erased_subgroup", "mode_collapse"])
def test_what_is_missing_is_found(make, fault: str) -> None:
    null = metric("subgroups").null_values(comparison(0, make, n=100), 40, rng=np.random.default_rng(0))
    for seed in range(4):
        one = comparison(seed, make, n=100)
        made = plant(fault, one.train, make, 300, rng=seed)
        assert metric("subgroups").value(Comparison(one.train, one.holdout, made), rng=0) > null.max()


def test_the_subgroup_is_named_with_its_shares() -> None:
    details = metric("subgroups").measure(comparison(1, keep=lambda rows: rows.matrix[:, 8] == 0), rng=0).details
    assert details["synthetic share: subgroup = 1"] == 0
    assert details["real share: subgroup = 1"] == pytest.approx(0.25, abs=0.1)


def test_a_subgroup_that_is_lost_in_one_class_alone() -> None:
    one = comparison(2, keep=lambda rows: (rows.matrix[:, 8] == 0) | (rows.y == 1))
    assert metric("subgroups").value(one, rng=0) > 6


def test_fresh_rows_and_other_shares_of_the_classes_raise_no_alarm() -> None:
    """Equal classes, although x1 to x8 are higher in one of them."""

    def balanced(rows: Cohort) -> np.ndarray:
        order = np.argsort(rows.y, kind="stable")
        drop: Ints = order[: int((rows.y == 0).sum() - (rows.y == 1).sum())]
        return ~np.isin(np.arange(len(rows)), drop)

    for keep in (None, balanced):
        values = [metric("subgroups").value(comparison(seed, keep=keep), rng=0) for seed in range(20)]
        assert np.mean(values) < 0.8
        assert np.mean(np.array(values) > 3.5) <= 0.05


def test_one_deficit_is_mantel_and_haenszel() -> None:
    """The square is the statistic of the 2 x 2 x 2 table, without continuity correction."""
    one = comparison(4)
    rows = _Rows.of(one)
    place = rows.names.index("subgroup = 1")
    real = np.concatenate([one.train.matrix[:, 8], one.holdout.matrix[:, 8]])
    y = np.concatenate([one.train.y, one.holdout.y])
    above, below = 0.0, 0.0
    for c in (0, 1):
        a, n = (real[y == c] == 1).sum(), (y == c).sum()
        b, k = (one.synthetic.matrix[one.synthetic.y == c, 8] == 1).sum(), (one.synthetic.y == c).sum()
        total, inside = n + k, a + b
        above += a - n * inside / total
        below += n * k * inside * (total - inside) / (total**2 * (total - 1))
    assert rows.z(rows.made[None])[0][-1, place] == pytest.approx(above / below**0.5)


def test_a_hole_in_the_middle_of_all_features_is_found_and_called_a_region() -> None:
    """No level and no quarter of one feature goes missing: only where two features meet are there no rows."""

    def inside(rows: np.ndarray) -> np.ndarray:
        return (rows[:, 0] * rows[:, 1] > 0) & (rows[:, 0] > 0)

    rng = np.random.default_rng(0)
    real, other, made = (rng.normal(size=(n, 2)) for n in (120, 120, 2000))
    made = made[~(inside(made) & (rng.random(len(made)) < 0.9))][:600]
    found = metric("subgroups").measure(numbers(real, other, made), rng=0)
    assert found.value > 8
    assert all(" share: region " in name for name in found.details)


@pytest.mark.parametrize("n", [40, 100, 101, 350])
def test_regions_hold_their_share_of_the_training_rows_whatever_the_order(n: int) -> None:
    points = np.random.default_rng(n).normal(size=(n, 3))
    regions = []
    for rows in (points, points[::-1]):
        names, inside = _subgroups(numbers(rows, points, points).train, [points])
        chosen = [k for k, name in enumerate(names) if name.startswith("region ")]
        assert len(chosen) == 2 * min(n, 100)
        regions.append(inside[:, chosen])
    shares = regions[0].mean(axis=0)
    assert shares == pytest.approx(np.repeat([0.15, 0.3], min(n, 100)), abs=1 / n)
    assert sorted(map(tuple, regions[0].T)) == sorted(map(tuple, regions[1].T))


def test_constant_features_have_no_subgroups() -> None:
    with pytest.raises(NotApplicable, match="no subgroup"):
        metric("subgroups").value(numbers(*np.ones((3, 30, 2))), rng=0)
