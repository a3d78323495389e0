"""A folder belongs to one protocol, and a cell is whole or absent."""

from __future__ import annotations

import json

import pytest

from cohorts import make_cohort
from fewfold.core.errors import BadInput, ProtocolChanged
from fewfold.study.store import Store
from fewfold.study.study import Study

SMALL = {"methods": ["duplication"], "controls": ["none"], "repeats": 1, "metric_splits": 2, "metrics": ["ks"]}


def lock(folder, **settings):
    study = Study(make_cohort(60), **{**SMALL, **settings})
    Store(folder).lock(study.protocol, {})


def test_an_edited_protocol_is_refused_and_the_edit_named(tmp_path):
    lock(tmp_path)
    before = (tmp_path / "protocol.json").read_bytes()
    lock(tmp_path)
    with pytest.raises(ProtocolChanged, match=r"ratios.*not confirmatory"):
        lock(tmp_path, ratios=[2])
    assert (tmp_path / "protocol.json").read_bytes() == before


def test_the_folder_of_another_study_is_refused(tmp_path):
    lock(tmp_path)
    other = Study(make_cohort(70), **SMALL)
    with pytest.raises(ProtocolChanged, match="other data"):
        Store(tmp_path).lock(other.protocol, {})


def test_a_folder_with_something_else_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(BadInput, match="something else"):
        lock(tmp_path)
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


def test_the_lock_is_dated_and_covers_settings_schema_data_and_splits(tmp_path):
    lock(tmp_path)
    written = json.loads((tmp_path / "protocol.json").read_text())
    assert written["locked"]
    assert {"hash", "settings", "schema", "data", "splits"} <= set(written)


def test_a_full_disk_keeps_what_was_done(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.put("outcome/a", {"status": "ok"})

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fewfold.core.files.os.fsync", full)
    with pytest.raises(BadInput, match=r"No space left.*are there are whole"):
        store.put("outcome/b", {"status": "ok"})
    assert store.get("outcome/a") == {"status": "ok"}
    assert store.get("outcome/b") is None


def test_a_damaged_cell_is_named(tmp_path):
    store = Store(tmp_path)
    store.put("outcome/a", {"status": "ok"})
    (tmp_path / "cells" / "outcome" / "a.json").write_text('{"status"')
    with pytest.raises(BadInput, match=r"a\.json"):
        store.get("outcome/a")


def test_a_full_disk_is_said_from_the_first_file_on(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fewfold.core.files.os.fsync", full)
    with pytest.raises(BadInput, match="No space left"):
        lock(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "results").write_text("a file, not a folder")
    with pytest.raises(BadInput, match="results"):
        lock(tmp_path / "results")


def test_a_lock_that_was_edited_by_hand_is_noticed(tmp_path):
    lock(tmp_path)
    path = tmp_path / "protocol.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 7'))
    with pytest.raises(ProtocolChanged, match="edited by hand"):
        lock(tmp_path)


@pytest.mark.parametrize("content", ['{"a": 1}', "[1]", "7"])
def test_a_cell_that_is_something_else_is_named(tmp_path, content):
    store = Store(tmp_path)
    store.put("outcome/a", {"status": "ok"})
    (tmp_path / "cells" / "outcome" / "a.json").write_text(content)
    with pytest.raises(BadInput, match=r"outcome/a\.json\. Found something else"):
        store.get("outcome/a")


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "out").write_text("a table")
    with pytest.raises(BadInput, match=r"a folder at .*out\. Found a file"):
        Store(tmp_path / "out").lock({"hash": ""}, {})
    assert (tmp_path / "out").read_text() == "a table"
