"""Writing in pieces: the same rows as in memory, one piece at a time, whole or absent."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pytest

from conftest import make_cohort
from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.io.stream import write_stream
from fewfold.data.io.table import read_frame
from fewfold.methods.base import method


@pytest.fixture(scope="module")
def fitted():
    return method("gaussian_copula").fit(make_cohort(), rng=0)


@pytest.mark.parametrize("extension", [".csv", ".tsv", ".parquet"])
def test_the_file_holds_the_rows_that_memory_would(fitted, tmp_path, extension):
    path = tmp_path / f"synthetic{extension}"
    assert write_stream(fitted.stream(250, rng=3, chunk_rows=100), path) == 250
    table = Cohort.concat(list(fitted.stream(250, rng=3, chunk_rows=100))).table
    got = read_frame(path).reset_index(drop=True)
    assert list(got.columns) == [*table.columns, "fewfold_origin"]
    assert (got["fewfold_origin"] == "synthetic").all()
    for name in ("age", "bilirubin"):
        pd.testing.assert_series_equal(got[name].astype(float), table[name].reset_index(drop=True))
    for name in ("patient", "stage", "sex", "origin", "relapse"):
        assert got[name].astype(str).tolist() == table[name].astype(str).tolist()
    assert pd.to_datetime(got["diagnosed"]).tolist() == table["diagnosed"].tolist()


def test_whole_numbers_are_written_as_such_in_every_piece(fitted, tmp_path):
    write_stream(fitted.stream(60, rng=3, chunk_rows=20), tmp_path / "s.csv")
    ages = pd.read_csv(tmp_path / "s.csv", dtype=str)["age"]
    assert not ages.str.contains(".", regex=False).any()


def test_parquet_says_in_its_metadata_how_the_rows_were_made(fitted, tmp_path):
    path = tmp_path / "s.parquet"
    pieces = list(fitted.stream(90, rng=3, chunk_rows=30))
    write_stream(pieces, path)
    (made,) = json.loads(pyarrow.parquet.read_metadata(path).metadata[b"fewfold"])
    assert made["method"] == "gaussian_copula" and made["params"] == fitted.params and made["version"]
    assert made["seeds"] == [piece.provenance.records[0].seed for piece in pieces]


@pytest.mark.parametrize("extension", [".csv", ".parquet"])
def test_a_piece_is_written_before_the_next_is_drawn(fitted, tmp_path, extension):
    """Memory stays flat only if nobody holds the pieces: no earlier piece may be alive when one is asked for."""
    import gc
    import weakref

    alive: list[weakref.ref] = []

    def pieces():
        for _ in range(4):
            gc.collect()
            assert sum(ref() is not None for ref in alive) <= 1, "earlier pieces are held"
            piece = fitted.sample(20, rng=0)
            alive.append(weakref.ref(piece))
            yield piece
            del piece

    assert write_stream(pieces(), tmp_path / f"s{extension}") == 80


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("extension", [".csv", ".parquet"])
def test_a_failure_leaves_nothing_and_keeps_the_old_file(fitted, tmp_path, extension, fault):
    def failing():
        yield fitted.sample(20, rng=0)
        raise fault

    path = tmp_path / f"s{extension}"
    path.write_text("old")
    with pytest.raises(fault):
        write_stream(failing(), path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_said(fitted, tmp_path):
    with pytest.raises(BadInput, match="in pieces"):
        write_stream([fitted.sample(5, rng=0)], tmp_path / "s.xlsx")
    with pytest.raises(BadInput, match="at least one row"):
        write_stream([], tmp_path / "s.csv")
    with pytest.raises(BadInput, match="a place to write"):
        write_stream([fitted.sample(5, rng=0)], Path("/nowhere/at/all/s.csv"))


def test_real_rows_are_not_called_synthetic(fitted, tmp_path):
    cohort = make_cohort()
    write_stream([cohort, fitted.sample(10, rng=0)], tmp_path / "s.csv")
    assert pd.read_csv(tmp_path / "s.csv")["fewfold_origin"].value_counts().to_dict() == {"real": 90, "synthetic": 10}
