"""The parents that imbalanced-learn picks, found again from what it returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import seed_of
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import method
from fewfold.methods.oversamplers import neighbours
from fewfold.methods.oversamplers.adasyn import Adasyn
from fewfold.methods.oversamplers.borderline_smote import BorderlineSmote
from fewfold.methods.oversamplers.neighbours import draw_pairs
from fewfold.methods.oversamplers.smote import Smote, smote
from methods.oversamplers.tables import numbers, two_clouds

ORACLES = [
    (Smote(), lambda **options: SMOTE(k_neighbors=5, **options)),
    (BorderlineSmote(), lambda **options: BorderlineSMOTE(k_neighbors=5, m_neighbors=10, **options)),
    (Adasyn(), lambda **options: ADASYN(n_neighbors=5, **options)),
]


@pytest.mark.parametrize(("ours", "theirs"), ORACLES, ids=lambda one: type(one).__name__)
def test_rows_are_those_of_imbalanced_learn(ours: Any, theirs: Any) -> None:
    cohort = two_clouds()
    points, inside, rng = cohort.matrix, cohort.y == 1, np.random.default_rng(4)
    ours.fit(cohort, rng=0)
    pairs = draw_pairs(ours._sampler, points, cohort.subjects, inside, 150, 5, rng)
    options = {"sampling_strategy": {1: 175}, "random_state": seed_of(np.random.default_rng(4))}
    expected = theirs(**options).fit_resample(points, inside.astype(int))[0][len(points) :]
    found = points[pairs.base] + pairs.step[:, None] * (points[pairs.other] - points[pairs.base])
    np.testing.assert_allclose(found, expected, atol=1e-12)
    near = NearestNeighbors(n_neighbors=6).fit(points[inside]).kneighbors(points[inside], return_distance=False)
    true = dict(zip(np.flatnonzero(inside), np.flatnonzero(inside)[near[:, 1:]].tolist(), strict=True))
    assert all(other in true[base] for base, other in zip(pairs.base, pairs.other, strict=True))
    assert pairs.near.tolist() == [true[base] for base in pairs.base]


def test_the_base_is_each_row_as_often() -> None:
    """Under SMOTE each row of the class is the base with the same chance, also where rows have few or many that name
    them a neighbour: chi-square of 20,000 draws over 25 rows (24 degrees of freedom, 99.9 % point 51.2)."""
    cohort = two_clouds(seed=2)
    pairs = draw_pairs(smote, cohort.matrix, cohort.subjects, cohort.y == 1, 20_000, 3, np.random.default_rng(0))
    counts = np.bincount(pairs.base, minlength=80)[55:]
    assert ((counts - 800) ** 2 / 800).sum() < 51.2
    named = np.bincount(pairs.other, minlength=80)[55:]
    assert ((named - 800) ** 2 / 800).sum() > 500  # the neighbours are not alike: the test above could have failed
    assert abs(pairs.step.mean() - 0.5) < 0.01


def test_a_row_is_its_own_nearest_even_among_equals() -> None:
    points = np.zeros((6, 2))
    pairs = draw_pairs(smote, points, np.arange(6), np.arange(6) < 4, 50, 3, np.random.default_rng(0))
    assert (pairs.base != pairs.other).all()
    assert (pairs.near != pairs.base[:, None]).all()


def _visits(rows: list[int], classes: list[int]) -> Cohort:
    """Patients with these numbers of rows, near each other, and these classes."""
    patient = np.repeat(np.arange(len(rows)), rows)
    values = np.random.default_rng(5).normal(size=(len(rows), 3))[patient]
    cohort = numbers(values + 0.01 * np.random.default_rng(6).normal(size=values.shape), np.array(classes)[patient])
    schema = Schema(variables=(*cohort.schema.variables, Variable(name="patient", kind="integer", role="subject")))
    return Cohort.real(cohort.table.assign(patient=patient.astype(float)), schema)


@pytest.mark.parametrize("name", ["smote", "borderline_smote", "adasyn", "smotenc"])
def test_neighbours_are_the_nearest_rows_of_other_patients(name: str) -> None:
    """Visits of a patient lie 100 times nearer to each other than to those of others."""
    cohort = _visits([1, 4, 2, 3, 6, 2, 3, 4, 1, 5], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    made = method(name, k_neighbors=3).fit(cohort, rng=0).sample(200, rng=1)
    sources = made.provenance.sources[:, :2]
    apart = cdist(cohort.matrix / cohort.matrix.std(axis=0), cohort.matrix / cohort.matrix.std(axis=0))
    same_patient = cohort.subjects[:, None] == cohort.subjects
    apart[same_patient | (cohort.y[:, None] != cohort.y)] = np.inf
    nearest = np.argsort(apart, axis=1)[:, :3]
    assert not same_patient[sources[:, 0], sources[:, 1]].any()
    assert (nearest[sources[:, 0]] == sources[:, [1]]).any(axis=1).all()


def test_rows_of_other_patients_may_be_fewer_than_the_neighbours_asked_for() -> None:
    """Of 9 rows of class 1 one patient has 7: the 2 others are all that it can have."""
    cohort = _visits([1, 1, 1, 1, 7, 1, 1], [0, 0, 0, 0, 1, 1, 1])
    points, inside = cohort.matrix, cohort.y == 1
    pairs = draw_pairs(smote, points, cohort.subjects, inside, 100, 5, np.random.default_rng(0))
    assert pairs.near.shape == (100, 2)
    assert (cohort.subjects[pairs.near] != cohort.subjects[pairs.base][:, None]).all()


@pytest.mark.parametrize("name", ["smote", "borderline_smote", "adasyn", "smotenc"])
def test_a_class_of_one_patient_does_not_apply(name: str) -> None:
    with pytest.raises(NotApplicable, match="2 subjects of each class; 1 has 1"):
        method(name).fit(_visits([1, 2, 3, 4, 5], [0, 0, 0, 0, 1]), rng=0)


def _mean_of_three(self: Any, X: Any, nn_data: Any, nn_num: Any, rows: Any, cols: Any, steps: Any, *_: Any) -> Any:
    return (X[rows] + nn_data[nn_num[rows, 0]] + nn_data[nn_num[rows, 1]]) / 3


def _beyond(self: Any, X: Any, nn_data: Any, nn_num: Any, rows: Any, cols: Any, steps: Any, *_: Any) -> Any:
    return X[rows] * 1.5 - nn_data[nn_num[rows, cols]] * 0.5


def _strangers(self: Any, X: Any, nn_data: Any, nn_num: Any, rows: Any, cols: Any, steps: Any, *_: Any) -> Any:
    return (X[rows] + X[(rows + 11) % X.shape[0]]) / 2


def _shrunk(self: Any, X: Any, nn_data: Any, nn_num: Any, rows: Any, cols: Any, steps: Any, *_: Any) -> Any:
    return X[rows] * 0.5 + nn_data[nn_num[rows, cols]] * 0.4


@pytest.mark.parametrize("changed", [_mean_of_three, _beyond, _strangers, _shrunk])
def test_a_change_in_imbalanced_learn_is_noticed(changed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = two_clouds()
    fitted = method("smote", k_neighbors=2).fit(cohort, rng=0)
    monkeypatch.setattr(SMOTE, "_generate_samples", changed)
    with pytest.raises(RuntimeError, match="do not lie between"):
        fitted.sample(200, rng=0)


def test_three_parents_are_noticed_even_among_mutual_neighbours() -> None:
    near = np.array([[1, 2], [0, 2], [0, 1]])
    rng = np.random.default_rng(0)
    assert len(neighbours._parents_of(csr_array([[0.25, 0.75, 0.0]]), near, rng)) == 1
    for wrong in ([0.2, 0.3, 0.5], [1.5, -0.5, 0.0], [0.5, 0.4, 0.0]):
        with pytest.raises(RuntimeError, match="do not lie between"):
            neighbours._parents_of(csr_array([wrong]), near, rng)


@pytest.mark.parametrize("name", ["smote", "borderline_smote", "adasyn", "smotenc"])
def test_values_lie_between_their_sources(name: str) -> None:
    cohort = two_clouds(apart=0.7)
    made = method(name).fit(cohort, rng=0).sample(300, rng=1)
    values = cohort.matrix[made.provenance.sources[:, :2]]
    assert (made.matrix >= values.min(axis=1) - 1e-9).all()
    assert (made.matrix <= values.max(axis=1) + 1e-9).all()
    steps = (made.matrix - values[:, 0]) / (values[:, 1] - values[:, 0])
    np.testing.assert_allclose(steps, np.repeat(steps[:, :1], 4, axis=1), atol=1e-6)


def test_search_object_refuses_what_no_sampler_asks() -> None:
    with pytest.raises(NotImplementedError):
        neighbours.Neighbours(np.zeros((3, 1)), np.arange(3), 1).kneighbors_graph(None)
