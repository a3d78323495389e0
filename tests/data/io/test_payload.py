import json

import numpy as np
import pytest

from fewfold.data.blocks.image import Header, Image
from fewfold.data.io.magic import kind_of
from fewfold.data.io.payload import payload_of, tag_in, told_by, with_geometry
from fewfold.data.provenance import Record
from fewfold.data.tag import Tag
from pictures import TAG, oblique, values


def test_a_tag_comes_back_from_plain_ascii() -> None:
    line = payload_of(Image(values((4, 5), "u1"), tag=TAG))
    assert line is not None and line.isascii() and "\n" not in line
    assert tag_in(line) == tag_in(line.encode() + b"\0\0") == TAG
    assert json.loads(line)["fewfold"]["origin"] == "augmented"
    assert "a recording of no patient" in Tag("synthetic", Record("copula", "1")).sentence


def test_nothing_to_say() -> None:
    assert payload_of(Image(values((4, 5), "u1"))) is None
    assert payload_of(Image(values((4, 5), "u1"), spacing=(1, 2))) is None
    assert payload_of(Image(values((4, 5), "u1"), spacing=(1, 2)), geometry=True) is not None


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"",
        b"\xff\xfe",
        "a note",
        "[1]",
        '{"fewfold": 3}',
        '{"fewfold": {"origin": "real"}}',
        "{" * 9999,
        "[" * 9999,
    ],
)
def test_other_notes_are_no_tags(text) -> None:
    assert tag_in(text) is None and told_by(text).get("origin") in (None, "real")


@pytest.mark.parametrize(
    "spoilt", [{"spacing_mm": ["x", 1]}, {"affine_ras_mm": [1, 2]}, {"affine_ras_mm": [[0] * 4] * 4}]
)
def test_spoilt_geometry_is_not_used(spoilt) -> None:
    line = payload_of(Image(values((4, 5), "u1"), affine=oblique()), geometry=True)
    assert line is not None
    plain = Header((4, 5), np.dtype(np.uint8), spacing=(1.0, 1.0))
    assert with_geometry(plain, line).spacing == pytest.approx((0.7, 0.8))
    told = json.loads(line)
    told["fewfold"].update(spoilt)
    found = with_geometry(plain, json.dumps(told))
    assert found.spacing == (1, 1) and found.affine is None


def test_what_other_files_are(tmp_path) -> None:
    starts = {
        "ZIP": b"PK\x03\x04",
        "PDF": b"%PDF-1.7",
        "GIF": b"GIF89a",
        "HTML": b"<!DOCTYPE html>",
        "gzip": b"\x1f\x8b",
    }
    for kind, start in starts.items():
        (tmp_path / "x").write_bytes(start + bytes(200))
        assert kind_of(tmp_path / "x") == kind
    (tmp_path / "x").write_bytes(b"words")
    assert kind_of(tmp_path / "x") is None
