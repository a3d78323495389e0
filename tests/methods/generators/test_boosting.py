"""Boosted trees find what is there, for unseen patients, and nothing else."""

import numpy as np
import pytest

from fewfold.methods.generators.boosting import Boosted


def fitted(design, outcomes, patients=None, most=60, weights=None):
    n = len(design)
    who = np.arange(n) if patients is None else patients
    weighted = np.ones(n) if weights is None else weights
    return Boosted.fit(design.astype(np.float32), outcomes, weighted, who, most, np.random.default_rng(0))


@pytest.fixture(scope="module")
def known():
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(1500, 3)), rng.normal(size=(1500, 2))
    truth = np.where(x[:, 0] > 0, 2.0, -2.0) * np.where(x[:, 1] > 0, 1.0, -1.0)
    return x, truth, np.column_stack([truth + noise[:, 0], noise[:, 1]])


def test_an_interaction_is_found_and_noise_is_left_alone(known):
    x, truth, outcomes = known
    told = fitted(x, outcomes).predict(x.astype(np.float32))
    assert np.corrcoef(told[:, 0], truth)[0, 1] > 0.9
    assert told[:, 1].std() < 0.2


def test_what_only_tells_patients_apart_is_not_learned():
    """Rows of a patient are alike: folds by row would take remembering patients for learning."""
    rng = np.random.default_rng(2)
    patients = np.repeat(np.arange(60), 20)
    x, y = rng.normal(size=(60, 2))[patients], rng.normal(size=(60, 1))[patients]
    assert np.abs(fitted(x, y, patients).steps).max() < 0.2
    assert np.abs(fitted(x, y).steps).max() > 0.2  # the fault, planted


def test_rows_without_weight_do_not_count(known):
    x, _, outcomes = known
    odd = np.arange(len(x)) % 2
    other = np.where(odd[:, None] == 1, 1000.0, outcomes)
    assert np.abs(fitted(x, other, weights=1.0 - odd).predict(x.astype(np.float32))).max() < 50
    assert np.abs(fitted(x, other).predict(x.astype(np.float32))).max() > 50


def test_arrays_bring_it_back(known):
    x, _, outcomes = known
    one = fitted(x, outcomes, most=5)
    again = Boosted.of(one.arrays())
    assert again.predict(x.astype(np.float32)).tobytes() == one.predict(x.astype(np.float32)).tobytes()
