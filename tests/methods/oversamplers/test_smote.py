"""SMOTE."""

from __future__ import annotations

import numpy as np

from cohorts import make_cohort
from fewfold.methods.base import method
from methods.oversamplers.tables import numbers, two_clouds


def test_missing_values_follow_the_base_and_levels_the_nearer_parent() -> None:
    cohort = make_cohort(120)
    made = method("smote").fit(cohort, rng=0).sample(400, rng=1)
    base, other = (cohort.matrix[made.provenance.sources[:, k]] for k in (0, 1))
    column = {v.name: j for j, v in enumerate(cohort.schema.features)}
    bilirubin, day, origin, stage = (column[name] for name in ("bilirubin", "diagnosed", "origin", "stage"))
    assert (np.isnan(made.matrix) == np.isnan(base)).all()
    alone = np.isnan(other[:, bilirubin]) & ~np.isnan(base[:, bilirubin])
    assert alone.any()
    assert (made.matrix[alone, bilirubin] == base[alone, bilirubin]).all()
    apart = (other - base)[:, day]
    step = (made.matrix - base)[:, day] / np.where(apart == 0, np.nan, apart)
    sure = (np.abs(apart) > 20) & (np.abs(step - 0.5) > 0.05)  # days are whole, so that the step is known roughly
    nearer = np.where(step < 0.5, base[:, origin], other[:, origin])
    nearer = np.where(np.isnan(nearer) | np.isnan(base[:, origin]), base[:, origin], nearer)
    np.testing.assert_array_equal(made.matrix[sure, origin], nearer[sure])
    assert (np.abs(made.matrix[:, stage] - (base + other)[:, stage] / 2) <= np.abs(base - other)[:, stage] / 2).all()


def test_two_rows_of_a_class_are_each_others_neighbours() -> None:
    cohort = two_clouds(rare=2)
    made = method("smote").fit(cohort, rng=0).sample(rng=0, per_class={1: 30})
    assert set(map(frozenset, made.provenance.sources.tolist())) == {frozenset({78, 79})}


def test_distances_do_not_depend_on_units() -> None:
    cohort = two_clouds(seed=5)
    scaled = numbers(cohort.matrix * [1.0, 1e6, 1e-3, 10.0], cohort.y)
    one, other = (method("smote").fit(c, rng=0).sample(50, rng=1) for c in (cohort, scaled))
    np.testing.assert_array_equal(one.provenance.sources, other.provenance.sources)
