"""ADASYN."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from fewfold.data.encoding import Encoder
from fewfold.methods.base import method
from methods.oversamplers.tables import two_clouds


def test_parents_follow_the_share_of_other_classes() -> None:
    """The share of each base is that of other classes among its 5 nearest rows, over their sum."""
    cohort = two_clouds(apart=1.2, seed=3)
    points = Encoder.fit(cohort.matrix, cohort.schema.features).transform(cohort.matrix)
    near = NearestNeighbors(n_neighbors=6).fit(points).kneighbors(points[55:], return_distance=False)[:, 1:]
    hard = (near < 55).mean(axis=1)
    made = method("adasyn").fit(cohort, rng=0).sample(rng=0, per_class={1: 4000})
    sources = made.provenance.sources - 55
    expected = hard / hard.sum()
    touched = np.bincount(sources.ravel(), minlength=25) / len(sources)  # base or neighbour
    inside = NearestNeighbors(n_neighbors=6).fit(points[55:]).kneighbors(points[55:], return_distance=False)[:, 1:]
    named = np.zeros(25)
    np.add.at(named, inside.ravel(), np.repeat(expected / 5, 5))
    np.testing.assert_allclose(touched, expected + named, atol=0.02)


@pytest.mark.parametrize("n", [1, 2, 7, 24, 26, 101])
def test_counts_are_exact_though_it_rounds(n: int) -> None:
    cohort = two_clouds(apart=0.5)
    assert method("adasyn").fit(cohort, rng=0).sample(rng=n, per_class={0: n, 1: n}).class_counts == {0: n, 1: n}


def test_rows_do_not_come_in_the_order_of_their_bases() -> None:
    sources = method("adasyn").fit(two_clouds(), rng=0).sample(rng=0, per_class={1: 300}).provenance.sources
    first, last = set(sources[:100].ravel()), set(sources[200:].ravel())
    assert len(first & last) > 15


def test_a_class_far_from_all_others_is_drawn_as_by_smote() -> None:
    cohort = two_clouds(apart=50.0)
    one, other = (method(name).fit(cohort, rng=0).sample(100, rng=1) for name in ("adasyn", "smote"))
    np.testing.assert_array_equal(one.matrix, other.matrix)
