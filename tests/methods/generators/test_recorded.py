"""Columns are described as they are recorded."""

import numpy as np
import pytest

from fewfold.data.schema import Variable
from fewfold.methods.generators.recorded import recorded


def described(column, **variable):
    given = Variable(**{"name": "x", "kind": "numeric", **variable})
    return recorded(np.asarray(column, dtype=float)[:, None], [given], np.arange(len(column)))


def test_levels_that_were_seen_are_atoms():
    found = described([2, 0, 2, np.nan], kind="ordinal", levels=("a", "b", "c"))
    assert found.atom.tolist() == [0, 2]
    assert found.number.size == 0


def test_shared_numbers_are_atoms_and_the_others_are_not():
    rng = np.random.default_rng(0)
    found = described([*[0.0] * 30, *rng.normal(5, 1, 70)])
    assert found.atom.tolist() == [0]
    assert found.number.tolist() == [0]
    assert found.low[0] > 2
    assert described([*[0.0] * 2, *rng.normal(5, 1, 8)]).atom.size == 0  # a fifth, of two patients
    assert described([*[0.0] * 9, *rng.normal(5, 1, 91)]).atom.size == 0  # nine patients, below a tenth


@pytest.mark.parametrize("column", [[3.0] * 12, [np.nan] * 11 + [3.0], [3.0] * 11 + [4.0]])
def test_a_column_that_hardly_varies_is_atoms_alone(column):
    found = described(column)
    assert found.number.size == 0
    assert found.atom.tolist() == sorted(set(np.array(column)[~np.isnan(column)]))


def test_an_empty_column_is_nothing():
    found = described([np.nan] * 5)
    assert found.atom.size == found.number.size == 0


def test_logarithms_are_taken_where_they_suit():
    rng = np.random.default_rng(1)
    z = rng.normal(size=200)
    assert described(np.exp(z)).logged[0]
    assert not described(z + 10).logged[0]
    assert not described(z).logged[0]


def test_values_come_back_in_range_and_on_their_grid():
    rng = np.random.default_rng(2)
    column = np.round(np.exp(rng.normal(1, 1, 100)), 1) + 0.1
    found = described(column, low=0, high=float(column.max()))
    assert found.half[0] == pytest.approx(0.05)
    back = found.values(found.standard(column[:, None]))[:, 0]
    assert back == pytest.approx(column, abs=1e-12)
    far = found.values(np.array([[-9.0], [9.0], [0.123]]))[:, 0]
    assert far[:2].tolist() == [column.min(), column.max()]
    assert far[2] == np.round(far[2], 1)
