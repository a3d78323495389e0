"""Scores of bootstrap samples, against those of the repeated patients and an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from fewfold.metrics.utility.scores import auprc, sensitivity_at_specificity
from fewfold.study.contrasts import score_all
from fewfold.study.intervals import weights
from fewfold.study.outcomes import Predicted
from fewfold.study.redrawn import average_precision, sensitivity

DRAWS = 200


@pytest.fixture
def sample():
    rng = np.random.default_rng(0)
    y, p = (rng.random(25) < 0.3).astype(float), np.round(rng.random(25), 1)  # with ties
    return y, p, weights(25, rng, DRAWS)


def repeated(counts, *columns):
    rows = np.repeat(np.arange(len(counts)), counts.astype(int))
    return [column[rows] for column in columns]


def test_the_average_precision_of_a_sample_is_that_of_its_patients(sample):
    y, p, counts = sample
    for drawn, row in zip(average_precision(y, p, counts), counts, strict=True):
        there, ranked = repeated(row, y, p)
        if not there.any():
            assert np.isnan(drawn)
            continue
        assert drawn == pytest.approx(auprc(there, ranked), abs=1e-12)
        assert drawn == pytest.approx(average_precision_score(there, ranked), abs=1e-12)


def test_the_sensitivity_of_a_sample_is_that_of_its_patients(sample):
    y, p, counts = sample
    counts[0, y == 1], counts[1, y == 0] = 0, 0
    read = sensitivity(y, p, counts)
    expected = [sensitivity_at_specificity(*repeated(row, y, p)) for row in counts]
    assert read == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert np.isnan(read[:2]).all()


def test_a_class_that_no_sealed_patient_has_is_left_out(sample):
    y, _, _ = sample
    p = np.random.default_rng(1).random((2, 25, 3))
    one_set = np.zeros((2, 25), dtype=np.int64)
    told = Predicted("multiclass", 3, y, np.arange(25), one_set, {("none", 0.0): {"logistic": p}}, {}, 0)
    seen = score_all(told, only={"auprc"}).table["none", 0.0]["logistic"]["auprc"]
    assert np.isfinite(seen.draws).mean() > 0.99
    assert np.std(seen.draws[np.isfinite(seen.draws)]) > 0.01


def test_there_is_none_with_one_class(sample):
    _, p, counts = sample
    for y in (np.zeros(25), np.ones(25)):
        assert np.isnan(sensitivity(y, p, counts)).all()
    assert np.isnan(average_precision(np.zeros(25), p, counts)).all()
