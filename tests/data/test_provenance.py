import numpy as np
import pytest

from fewfold.data.provenance import HOLDOUT, TRAIN, Provenance, Record


def test_real_rows_have_no_record() -> None:
    real = Provenance.real(3, HOLDOUT)
    assert not real.is_synthetic.any() and real.part.tolist() == [HOLDOUT] * 3 and real.sources.shape == (3, 0)


def test_concat_renumbers_records_and_pads_sources() -> None:
    one = Provenance.synthetic(2, Record("a", "1"), np.array([[4], [5]]))
    two = Provenance.synthetic(1, Record("b", "1"), np.array([[7, 8]]))
    whole = Provenance.concat([Provenance.real(1), one, two])
    assert whole.record.tolist() == [-1, 0, 0, 1]
    assert [whole.records[i].method for i in whole.record[1:]] == ["a", "a", "b"]
    assert whole.sources.tolist() == [[-1, -1], [4, -1], [5, -1], [7, 8]]
    assert whole.is_synthetic.tolist() == [False, True, True, True]


def test_concat_of_pieces_that_have_records_already() -> None:
    made = Provenance.concat([Provenance.synthetic(1, Record(name, "1")) for name in "ab"])
    whole = Provenance.concat([made, made])
    assert [whole.records[i].method for i in whole.record] == ["a", "b", "a", "b"]


def test_take_and_part() -> None:
    made = Provenance.synthetic(3, Record("a", "1"), np.array([[1], [2], [3]])).take(np.array([2, 0]))
    assert made.sources.tolist() == [[3], [1]] and made.part.tolist() == [TRAIN] * 2
    assert made.with_part(HOLDOUT).part.tolist() == [HOLDOUT] * 2


def test_parts_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one entry a row"):
        Provenance(np.zeros(2, dtype=np.int64), np.zeros(3, dtype=np.int64), np.empty((2, 0), dtype=np.int64))
