"""SMOTE-NC against imbalanced-learn's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTENC

from cohorts import make_cohort
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import seed_of
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import method
from methods.oversamplers.tables import two_clouds

LEVELS = ("a", "b", "c", "d")


def mixed(seed: int = 0) -> Cohort:
    """Three standardised numbers, two nominal columns, two classes."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(90, 3))
    numbers = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    table = pd.DataFrame(numbers, columns=["u", "v", "w"])
    table["group"] = pd.Categorical.from_codes(rng.integers(0, 4, 90), list(LEVELS))
    table["sex"] = pd.Categorical.from_codes(rng.integers(0, 2, 90), [0, 1])
    table["y"] = pd.Categorical.from_codes(np.repeat([0, 1], [60, 30]), [0, 1])
    variables = [Variable(name=name, kind="numeric") for name in ("u", "v", "w")]
    variables.append(Variable(name="group", kind="categorical", levels=LEVELS))
    variables.append(Variable(name="sex", kind="boolean", levels=(0, 1)))
    variables.append(Variable(name="y", kind="boolean", role="target", levels=(0, 1)))
    return Cohort.real(table, Schema(variables=tuple(variables)))


def test_rows_are_those_of_imbalanced_learn() -> None:
    cohort = mixed()
    fitted = method("smotenc").fit(cohort, rng=0)
    inside = cohort.y == 1
    pairs = fitted._pairs(fitted._points(inside), inside, 300, np.random.default_rng(4))
    between = fitted._between(pairs, np.random.default_rng(0))
    seed = seed_of(np.random.default_rng(4))
    oracle = SMOTENC(categorical_features=[3, 4], k_neighbors=5, sampling_strategy={1: 330}, random_state=seed)
    expected = oracle.fit_resample(cohort.matrix, cohort.y.astype(int))[0][90:]
    np.testing.assert_allclose(between[:, :3], expected[:, :3], atol=1e-12)
    votes = (cohort.matrix[pairs.near][:, :, 3:4] == np.arange(4)).sum(axis=1)
    clear = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) == 1
    near = dict(zip(pairs.base, pairs.near.tolist(), strict=True))
    one_way = np.array([base not in near[other] for base, other in zip(pairs.base, pairs.other, strict=True)])
    sure = clear & one_way  # no vote is tied, and the base cannot be mistaken for the neighbour
    assert sure.sum() > 60
    np.testing.assert_array_equal(between[sure, 3], expected[sure, 3])


def test_levels_are_voted_and_ties_are_broken_at_random() -> None:
    cohort = mixed(1)
    made = method("smotenc").fit(cohort, rng=0).sample(400, rng=1)
    votes = (cohort.matrix[made.provenance.sources[:, 1:]][:, :, 3:4] == np.arange(4)).sum(axis=1)
    drawn = made.matrix[:, 3].astype(int)
    assert (votes[np.arange(400), drawn] == votes.max(axis=1)).all()
    tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) == 2
    first = np.argmax(votes, axis=1) == drawn
    assert 0.35 < first[tied].mean() < 0.65


def test_lineage_has_everyone_who_voted() -> None:
    made = method("smotenc", k_neighbors=4).fit(mixed(), rng=0).sample(50, rng=0)
    assert made.provenance.sources.shape == (50, 5)
    assert all(len(set(row)) == 5 for row in made.provenance.sources.tolist())


def test_without_levels_it_is_smote() -> None:
    cohort = two_clouds()
    one, other = (method(name).fit(cohort, rng=0).sample(60, rng=1).matrix for name in ("smote", "smotenc"))
    np.testing.assert_array_equal(one, other)


def test_without_numbers_it_does_not_apply() -> None:
    cohort = make_cohort()
    kept = tuple(v for v in cohort.schema.variables if v.name in ("sex", "origin", "relapse"))
    levels = Cohort.real(cohort.table[[v.name for v in kept]], Schema(variables=kept))
    with pytest.raises(NotApplicable, match="use smote"):
        method("smotenc").fit(levels, rng=0)
    assert len(method("smote").fit(levels, rng=0).sample(9, rng=0)) == 9
